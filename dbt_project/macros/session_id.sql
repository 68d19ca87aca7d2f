{#- A session is called after its person and its place among theirs. -#}
{% macro session_id(person_id, session_seq) -%}
    {{ person_id }} || '/' || cast({{ session_seq }} as text)
{%- endmacro %}
