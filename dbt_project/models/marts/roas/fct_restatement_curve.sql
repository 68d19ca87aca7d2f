{#- The age in days at which a number is taken for what it will stay. -#}
{%- set final_age = 28 %}
{%- set metrics = ['spend_usd', 'clicks', 'reported_conversions', 'reported_value_usd'] %}

with

ledger as (

    select
        versions.*,
        case when versions.currency = 'USD' then 1 else rates.usd_per_unit end as usd_per_unit,
        coalesce(zones.account_timezone, {{ text_literal(workspace().timezone) }}) as account_timezone
    from {{ ref('fct_ad_daily_restatements') }} as versions
    left join {{ ref('int_fx__daily') }} as rates
        on
            versions.currency = rates.currency
            and versions.date_day = rates.date_day
    left join {{ ref('int_accounts__zones') }} as zones
        on
            versions.platform = zones.platform
            and versions.account_id = zones.account_id
    where versions.source_party not in ({{ quoted_names(var('imported_ad_parties')) }})

),

-- A number of age 1 is what was known when the day after its own was over, in the account's zone.
versions as (

    select
        platform,
        account_id,
        ad_id,
        breakdown,
        date_day,
        spend_local * usd_per_unit as spend_usd,
        cast(clicks as decimal(38, 6)) as clicks,
        reported_conversions,
        reported_value_local * usd_per_unit as reported_value_usd,
        greatest({{ local_date('known_from', 'account_timezone') }} - date_day, 0) as age_from,
        case
            when known_to is not null then greatest({{ local_date('known_to', 'account_timezone') }} - date_day, 0)
        end as age_to
    from ledger

),

accounts as (

    select
        party,
        account_id,
        max(pulled_on) as newest_day
    from {{ ref('int_ad_daily__loads') }}
    group by 1, 2

),

-- What was not read in some version, or has no rate, would pass for a change. A day first read late, such as history,
-- tells of the ages since then only.
followed as (

    select
        versions.*,
        {% for metric in metrics -%}
        count({{ metric }}) over per_ad_day = count(*) over per_ad_day as knows_{{ metric }},
        {% endfor -%}
        min(versions.age_from) over (
            partition by versions.platform, versions.account_id, versions.date_day
        ) as first_age
    from versions
    inner join accounts
        on
            versions.platform = accounts.party
            and versions.account_id = accounts.account_id
    where accounts.newest_day - versions.date_day >= {{ final_age }}
    window per_ad_day as (
        partition by versions.platform, versions.account_id, versions.ad_id, versions.breakdown, versions.date_day
    )

),

-- A version adds its number when it comes and takes it away when it goes; the final number counts for all the ages
-- at which its day was followed.
changes as (

    select
        platform,
        {% for metric in metrics -%}
        case when knows_{{ metric }} then {{ metric }} end as {{ metric }},
        case when knows_{{ metric }} then 0 end as final_{{ metric }},
        {% endfor -%}
        age_from as age_days
    from followed

    union all

    select
        platform,
        {% for metric in metrics -%}
        case when knows_{{ metric }} then -1 * {{ metric }} end as {{ metric }},
        case when knows_{{ metric }} then 0 end as final_{{ metric }},
        {% endfor -%}
        age_to as age_days
    from followed
    where age_to is not null

    union all

    select
        platform,
        {% for metric in metrics -%}
        case when knows_{{ metric }} then 0 end as {{ metric }},
        case when knows_{{ metric }} then {{ metric }} end as final_{{ metric }},
        {% endfor -%}
        first_age as age_days
    from followed
    where
        age_from <= {{ final_age }}
        and (age_to is null or age_to > {{ final_age }})

),

days as (

    select distinct
        platform,
        account_id,
        date_day,
        first_age
    from followed

),

ages as (

    select
        platforms.platform,
        ages.nth as age_days
    from (select distinct platform from days) as platforms
    cross join lateral generate_series(0, {{ final_age }}) as ages (nth)

),

by_age as (

    select
        platform,
        age_days,
        {% for metric in metrics -%}
        sum({{ metric }}) as {{ metric }},
        sum(final_{{ metric }}) as final_{{ metric }},
        {% endfor -%}
        count(*) as changes
    from changes
    group by 1, 2

),

days_by_age as (

    select
        platform,
        first_age as age_days,
        count(*) as account_days
    from days
    group by 1, 2

),

running as (

    select
        ages.platform,
        ages.age_days,
        {% for metric in metrics -%}
        sum(by_age.{{ metric }}) over so_far as {{ metric }},
        sum(by_age.final_{{ metric }}) over so_far as final_{{ metric }},
        {% endfor -%}
        sum(days_by_age.account_days) over so_far as account_days
    from ages
    left join by_age
        on
            ages.platform = by_age.platform
            and ages.age_days = by_age.age_days
    left join days_by_age
        on
            ages.platform = days_by_age.platform
            and ages.age_days = days_by_age.age_days
    window so_far as (
        partition by ages.platform order by ages.age_days rows between unbounded preceding and current row
    )

)

select
    -- ids
    platform,
    cast(age_days as bigint) as age_days,

    -- measures
    {% for metric in metrics -%}
    cast({{ metric }} as decimal(38, 6)) as {{ metric }},
    cast(final_{{ metric }} as decimal(38, 6)) as final_{{ metric }},
    {{ ratio('final_' ~ metric, metric) }} as {{ metric }}_factor,
    {% endfor -%}
    cast(coalesce(account_days, 0) as bigint) as account_days
from running
