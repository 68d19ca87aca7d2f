{#- Hooks round a model that rebuilds some days: DuckDB takes days that are pruned by file for a handful of rows, and would
    build its hash tables over all the facts instead of over the few rows they are looked up in. -#}
{% macro join_as_written(begins) -%}
    {%- if target.type == 'duckdb' and is_incremental() -%}
        {{ "set disabled_optimizers = 'build_side_probe_side'" if begins else "reset disabled_optimizers" }}
    {%- endif -%}
{%- endmacro %}
