{#- Orders texts by their bytes, whatever the database's collation: ties are broken alike on every engine. -#}
{% macro by_bytes(column) -%}
    {%- if target.type == 'duckdb' -%} {{ column }} {%- else -%} {{ column }} collate "C" {%- endif -%}
{%- endmacro %}
