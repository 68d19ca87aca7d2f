{#- Whether a text is on a list, on which `*` at the end stands for any ending. -#}
{% macro is_listed(column, patterns) -%}
    {%- for pattern in patterns -%}
        {%- if pattern.endswith('*') -%}
            starts_with({{ column }}, {{ text_literal(pattern[:-1]) }})
        {%- else -%}
            {{ column }} = {{ text_literal(pattern) }}
        {%- endif -%}
        {{- ' or ' if not loop.last -}}
    {%- else -%} false {%- endfor -%}
{%- endmacro %}
