{#- Post-hook of tables that are joined soon after they were made: Postgres would guess how many rows they have. -#}
{% macro analyzed() -%}
    {%- if target.type == 'postgres' -%} analyze {{ this }} {%- endif -%}
{%- endmacro %}
