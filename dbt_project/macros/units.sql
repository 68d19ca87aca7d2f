{#- Units of money, exactly: decimals are multiplied, never divided, because DuckDB divides into floating point. -#}

{#- Millionths of the major unit, whatever the currency. -#}
{% macro from_micros(column) -%}
    cast(cast({{ column }} as decimal(26, 0)) * 0.000001 as decimal(18, 6))
{%- endmacro %}

{#- Meta's budget units, by the factor of `currency_minor_units`. Meta writes 0 where an object carries no budget. -#}
{% macro from_minor_units(column, major_per_minor_unit) -%}
    nullif(
        cast(cast({{ column }} as decimal(26, 0)) * coalesce({{ major_per_minor_unit }}, 0.01) as decimal(18, 6)), 0
    )
{%- endmacro %}
