{#- A list of names as SQL texts: 'meta_ads', 'x_ads'. An empty list matches nothing. -#}
{% macro quoted_names(names) -%}
    {%- for name in names -%} {{ text_literal(name) }} {{- ', ' if not loop.last }} {%- else -%} null {%- endfor -%}
{%- endmacro %}
