{#- The calendar day of an instant in a zone: the only time-zone conversion in the project.
    Both engines read `timestamptz at time zone` alike; the reverse (local to instant), where they differ on the
    ambiguous hour, is never done here. -#}
{% macro local_date(instant, zone) -%}
    cast({{ instant }} at time zone {{ zone }} as date)
{%- endmacro %}
