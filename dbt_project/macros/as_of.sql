{#- What was known when. A version is known from `valid_from` until, exclusively, `valid_to`.
    Every model asks through these three, so a build at `as_of` shows exactly what a build at that instant showed. -#}

{% macro as_of() -%}
    {{ return(var('as_of', none)) }}
{%- endmacro %}

{#- True for what had happened by then: versions that had begun, pulls that had been made. -#}
{% macro had_happened(instant) -%}
    {%- if as_of() -%} {{ instant }} <= cast('{{ as_of() }}' as timestamptz) {%- else -%} true {%- endif -%}
{%- endmacro %}

{#- The end of a version as far as was known by then: null while nothing had ended it. -#}
{% macro known_to(valid_to) -%}
    {%- if as_of() -%}
        case when {{ valid_to }} <= cast('{{ as_of() }}' as timestamptz) then {{ valid_to }} end
    {%- else -%} {{ valid_to }} {%- endif -%}
{%- endmacro %}
