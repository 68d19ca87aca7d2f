{#- Since when things that flow in are known. Files that people bring (account `files`) tell of the past: what they say
    counts from its own instant, not from the day on which somebody brought it. -#}

{#- A fact's: when it was received; in files, by its own account, else when it happened. -#}
{% macro fact_known_at(occurred_at, received_at=none) -%}
    {%- set own = 'coalesce(' ~ received_at ~ ', ' ~ occurred_at ~ ')' if received_at else occurred_at -%}
    case when account_id = 'files' then {{ own }} else _received_at end
{%- endmacro %}

{#- A version of an object. `own_instant`: from when a file's version counts; `changed_at`: the column by which the source
    itself says when it changed, if it does. -#}
{% macro object_version_columns(own_instant, changed_at=none) -%}
    case when account_id = 'files' then {{ own_instant }} else _valid_from end as valid_from,
        case when account_id <> 'files' then _valid_to end as valid_to,
        {{ 'coalesce(' ~ changed_at ~ ', _valid_from)' if changed_at else '_valid_from' }} as version_at,
        _valid_from as told_at,
        _pull_id as pull_id,
        _landing_line as landing_line
{%- endmacro %}

{#- The newest version of each object known at `as_of`, over all accounts that tell of it: the one that changed last, and
    of those the one that was told last. What a source no longer lists is gone. -#}
{% macro newest_known(relation, keys, columns) -%}
with

versions as (

    select
        {{ columns | join(',\n        ') }},
        row_number() over (
            partition by {{ keys | join(', ') }}
            order by
                version_at desc, told_at desc, {{ by_bytes('source_account') }} desc, {{ by_bytes('pull_id') }} desc,
                landing_line desc
        ) as recency
    from {{ relation }}
    where
        {{ had_happened('valid_from') }}
        and {{ known_to('valid_to') }} is null

)

select
    {{ columns | join(',\n    ') }}
from versions
where recency = 1
{%- endmacro %}
