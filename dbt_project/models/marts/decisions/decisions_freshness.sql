with

pulls as (

    select
        party,
        entity,
        account_id,
        -- When somebody brought a file says nothing about how far it reaches.
        max(case when account_id <> 'files' then pulled_at end) as newest_pull_at
    from {{ ref('stg_lake__loads') }}
    where
        status = 'loaded'
        and {{ had_happened('pulled_at') }}
    group by 1, 2, 3

),

rows_told as (

    {% for model, party, entity in streams_told() -%}
    select
        '{{ party }}' as party,
        '{{ entity }}' as entity,
        source_account as account_id,
        max(occurred_at) as newest_data_at
    from {{ ref(model) }}
    where {{ had_happened('known_at') }}
    group by 3

    union all

    {% endfor -%}
    {% for model, party, entity, instant in objects_told() -%}
    select
        '{{ party }}' as party,
        '{{ entity }}' as entity,
        source_account as account_id,
        max({{ instant }}) as newest_data_at
    from {{ ref(model) }}
    where {{ had_happened('valid_from') }}
    group by 3

    union all

    {% endfor -%}
    -- A day says at least that it had begun.
    select
        ad_days.source_party as party,
        'ad_daily' as entity,
        ad_days.account_id,
        max(cast(cast(ad_days.date_day as text) || ' 00:00:00+00' as timestamptz)) as newest_data_at
    from {{ ref('fct_ad_daily') }} as ad_days
    group by 1, 3

),

sources as (

    select
        coalesce(pulls.party, rows_told.party) as party,
        coalesce(pulls.entity, rows_told.entity) as entity,
        coalesce(pulls.account_id, rows_told.account_id) as account_id,
        pulls.newest_pull_at,
        rows_told.newest_data_at,
        build.as_of
    from pulls
    full outer join rows_told
        on
            pulls.party = rows_told.party
            and pulls.entity = rows_told.entity
            and pulls.account_id = rows_told.account_id
    cross join {{ ref('int_build__as_of') }} as build

)

select
    -- ids
    party,
    entity,
    account_id,

    -- measures
    {{ hours_between('newest_pull_at', 'as_of') }} as pull_age_hours,
    {{ hours_between('newest_data_at', 'as_of') }} as data_age_hours,

    -- times
    newest_pull_at,
    newest_data_at,
    as_of
from sources
