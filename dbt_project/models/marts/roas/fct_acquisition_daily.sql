{%- set columns = ['channel', 'platform', 'account_id', 'campaign_id'] %}

with

-- The cohorts are those of the curve, so that what was paid for people and what came of them speak of the same ones.
cells as (

    select
        {{ cohort_id('campaign', columns) }} as cohort_id,
        {{ columns | join(', ') }},
        acquired_day,
        day_number,
        is_ripe,
        people,
        users,
        spend_usd,
        value_usd,
        payback_day
    from {{ ref('fct_roas_curve') }}
    where
        level = 'campaign'
        and day_number in (0, 7, 90)

),

cohorts as (

    select
        cohort_id,
        acquired_day,
        {% for column in columns -%}
        max({{ by_bytes(column) }}) as {{ column }},
        {% endfor -%}
        max(case when day_number = 0 then people end) as people,
        max(case when day_number = 0 then users end) as users,
        max(case when day_number = 0 then spend_usd end) as spend_usd,
        max(case when day_number = 0 then payback_day end) as payback_day,
        bool_or(day_number = 7 and is_ripe) as is_ripe_at_7,
        bool_or(day_number = 90 and is_ripe) as is_ripe_at_90,
        max(case when day_number = 90 then value_usd end) as value_90_usd
    from cells
    group by 1, 2

),

activity as (

    select
        {{ cohort_id('campaign', columns) }} as cohort_id,
        sum(case when is_user and last_seen_day >= acquired_day + 7 then 1 else 0 end) as active_users
    from {{ ref('int_people__acquired') }}
    group by 1

)

select
    -- ids
    {% for column in columns -%}
    cohorts.{{ column }},
    {% endfor -%}
    cohorts.acquired_day as date_day,

    -- dimensions
    cohorts.is_ripe_at_7,
    cohorts.is_ripe_at_90,

    -- measures
    cast(cohorts.people as bigint) as people,
    cast(cohorts.users as bigint) as users,
    cast(cohorts.spend_usd as decimal(38, 6)) as spend_usd,
    {{ ratio('cohorts.spend_usd', 'cohorts.users') }} as cac_usd,
    cast(cohorts.value_90_usd as decimal(38, 6)) as value_90_usd,
    {{ ratio('cohorts.value_90_usd', 'cohorts.users') }} as ltv_90_usd,
    {{ ratio('cohorts.value_90_usd', 'cohorts.spend_usd') }} as ltv_to_cac,
    cast(cohorts.payback_day as bigint) as payback_day,
    cast(case when cohorts.is_ripe_at_7 then coalesce(activity.active_users, 0) end as bigint)
        as users_active_after_7_days,
    {{ ratio(
        'case when cohorts.is_ripe_at_7 then coalesce(activity.active_users, 0) end', 'cohorts.users'
    ) }} as active_after_7_days_share
from cohorts
left join activity
    on cohorts.cohort_id = activity.cohort_id
