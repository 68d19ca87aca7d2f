{#- An instant that a platform writes in UTC without saying so ("2026-11-01 00:00:00"); empty text is null. -#}
{% macro instant_from_utc_text(column) -%}
    cast(nullif({{ column }}, '') || '+00' as timestamptz)
{%- endmacro %}
