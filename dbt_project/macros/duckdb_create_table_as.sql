{#- On DuckDB the rows of `replace_days` models go from their query straight into the table: what dbt would first write
    to a temporary table is a temporary view instead. A day is then written once, and the files of the lake are listed
    once less; that its columns fit the table is checked all the same (`on_schema_change: fail`). -#}
{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- if temporary and config.get('incremental_strategy') == 'replace_days' -%}
        create or replace temporary view {{ relation.include(database=false, schema=false) }} as (
            {{ compiled_code }}
        );
    {%- else -%}
        {{ dbt.duckdb__create_table_as(
            temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by
        ) }}
    {%- endif -%}
{%- endmacro %}
