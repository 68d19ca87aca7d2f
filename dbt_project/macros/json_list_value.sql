{#- From a JSON text `[{"action_type": "purchase", "value": "2"}, …]`: the `field` of the first element whose
    `key_field` equals `key`, as text; null where there is no such element or no list. The one place where the engines
    need different words. -#}
{% macro json_list_value(json_text, key_field, key, field) -%}
    {%- if target.type == 'duckdb' -%}
        {{ duckdb_json_list_value(json_text, key_field, key, field) }}
    {%- else -%}
        {{ postgres_json_list_value(json_text, key_field, key, field) }}
    {%- endif -%}
{%- endmacro %}

{% macro postgres_json_list_value(json_text, key_field, key, field) -%}
    (
        select element ->> '{{ field }}'
        from jsonb_array_elements(cast({{ json_text }} as jsonb)) with ordinality as elements (element, place)
        where element ->> '{{ key_field }}' = '{{ key }}'
        order by place
        limit 1
    )
{%- endmacro %}

{% macro duckdb_json_list_value(json_text, key_field, key, field) -%}
    list_filter(
        from_json({{ json_text }}, '[{"{{ key_field }}": "VARCHAR", "{{ field }}": "VARCHAR"}]'),
        lambda element: element.{{ key_field }} = '{{ key }}'
    )[1].{{ field }}
{%- endmacro %}
