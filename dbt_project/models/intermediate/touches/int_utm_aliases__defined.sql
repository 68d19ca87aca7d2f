{%- for alias in definitions('alias') %}
select
    lower(trim({{ text_literal(alias.source) }})) as source_word,
    lower(trim({{ text_literal(alias.from) }})) as spelled_word,
    lower(trim({{ text_literal(alias.to) }})) as meant_word
{{ 'union all' if not loop.last }}
{%- else %}
select
    cast(null as text) as source_word,
    cast(null as text) as spelled_word,
    cast(null as text) as meant_word
where false
{%- endfor %}
