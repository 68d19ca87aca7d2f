{#- An instant as whole microseconds since 1970 (bigint): windows and ages are compared exactly, in absolute time. -#}
{% macro microseconds_of(instant) -%}
    {%- if target.type == 'duckdb' -%} epoch_us({{ instant }})
    {%- else -%} cast(extract(epoch from {{ instant }}) * 1000000 as bigint)
    {%- endif -%}
{%- endmacro %}
