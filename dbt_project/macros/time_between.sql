{#- How many whole days of 24 hours lie between two instants; below 0 where the later one is the earlier. -#}
{% macro whole_days_between(earlier, later) -%}
    cast(floor(({{ microseconds_of(later) }} - {{ microseconds_of(earlier) }}) / 86400000000.0) as bigint)
{%- endmacro %}

{#- The hours between two instants, below 0 where the later one is the earlier. -#}
{% macro hours_between(earlier, later) -%}
    {{ estimate('(' ~ microseconds_of(later) ~ ' - ' ~ microseconds_of(earlier) ~ ') / 3600000000.0') }}
{%- endmacro %}
