{#- One count as a share of another; null where the other is 0 or not known. -#}
{% macro share_of(part, whole) -%}
    {{ estimate('cast(' ~ part ~ ' as double precision) / nullif(' ~ whole ~ ', 0)') }}
{%- endmacro %}
