{#- Schemas are called exactly what the folders say, on every engine: readers and the publish step rely on it. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
