{#- How long after a message what is bought is credited to it: hours, because a day may have 23 of them. -#}
{% macro message_window_hours() -%}
    {{ return(workspace().get('message_window_days', 7) * 24) }}
{%- endmacro %}
