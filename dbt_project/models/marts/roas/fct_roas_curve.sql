{#- What tells cohorts apart at each level; the finer columns are null at the coarser ones. -#}
{%- set levels = {
    'channel': ['channel'],
    'campaign': ['channel', 'platform', 'account_id', 'campaign_id'],
    'creative': ['channel', 'platform', 'account_id', 'campaign_id', 'creative_id'],
} %}
{%- set keys = levels['creative'] | join(', ') %}
{%- set zone = text_literal(workspace().timezone) %}

with

spent as (

    select
        roas.channel,
        roas.platform,
        roas.account_id,
        roas.campaign_id,
        roas.creative_id,
        roas.date_day as acquired_day,
        {{ local_date('build.as_of', 'coalesce(zones.account_timezone, ' ~ zone ~ ')') }} as today,
        0 as people,
        0 as users,
        roas.spend_usd,
        roas.spend_rows_without_rate
    from {{ ref('fct_roas_daily') }} as roas
    cross join {{ ref('int_build__as_of') }} as build
    left join {{ ref('int_accounts__zones') }} as zones
        on
            roas.platform = zones.platform
            and roas.account_id = zones.account_id
    where roas.line = 'ads'

),

acquired as (

    select
        people.channel,
        people.platform,
        people.account_id,
        people.campaign_id,
        people.creative_id,
        people.acquired_day,
        {{ local_date('min(build.as_of)', 'people.account_timezone') }} as today,
        count(*) as people,
        sum(case when people.is_user then 1 else 0 end) as users,
        cast(null as decimal(38, 6)) as spend_usd,
        0 as spend_rows_without_rate
    from {{ ref('int_people__acquired') }} as people
    cross join {{ ref('int_build__as_of') }} as build
    group by {{ keys }}, people.acquired_day, people.account_timezone

),

parts as (

    select * from spent
    union all
    select * from acquired

),

cohorts as (

    {% for level, columns in levels.items() -%}
    select
        '{{ level }}' as level,
        {% for key in levels['creative'] -%}
        {{ key if key in columns else 'cast(null as text) as ' ~ key }},
        {% endfor -%}
        acquired_day,
        {{ cohort_id(level, columns) }} as cohort_id,
        min(today) as today,
        sum(people) as people,
        sum(users) as users,
        {{ sum_if_all_known('spend_usd', 'spend_rows_without_rate > 0') }} as spend_usd
    from parts
    group by {{ columns | join(', ') }}, acquired_day
    {{ 'union all' if not loop.last }}

    {% endfor %}
),

earned as (

    select
        people.channel,
        people.platform,
        people.account_id,
        people.campaign_id,
        people.creative_id,
        people.acquired_day,
        amounts.age_days,
        sum(amounts.value_usd) as value_usd,
        sum(amounts.rows_without_rate) as rows_without_rate
    from {{ ref('int_people__acquired') }} as people
    inner join {{ ref('int_people__value_by_age') }} as amounts
        on people.person_id = amounts.person_id
    where amounts.age_days <= 90
    group by {{ keys }}, people.acquired_day, amounts.age_days

),

-- Days on which a cohort's value may change, its first day in any case.
changes as (

    {% for level, columns in levels.items() -%}
    select
        {{ cohort_id(level, columns) }} as cohort_id,
        age_days,
        value_usd,
        rows_without_rate
    from earned
    union all
    {% endfor -%}
    select
        cohort_id,
        0 as age_days,
        0 as value_usd,
        0 as rows_without_rate
    from cohorts

),

daily as (

    select
        cohort_id,
        age_days,
        coalesce(sum(value_usd), 0) as value_usd,
        sum(rows_without_rate) as rows_without_rate
    from changes
    group by 1, 2

),

running as (

    select
        cohort_id,
        age_days,
        sum(value_usd) over so_far as value_usd,
        sum(rows_without_rate) over so_far as rows_without_rate,
        coalesce(lead(age_days) over in_order, 91) as next_age_days
    from daily
    window
        so_far as (
            partition by cohort_id order by age_days rows between unbounded preceding and current row
        ),
        in_order as (partition by cohort_id order by age_days)

),

steps as (

    select
        cohorts.*,
        running.age_days,
        running.next_age_days,
        running.value_usd,
        running.rows_without_rate,
        min(
            case
                when
                    running.rows_without_rate = 0
                    and cohorts.spend_usd > 0
                    and running.value_usd >= cohorts.spend_usd
                    and cohorts.acquired_day + cast(running.age_days as integer) < cohorts.today
                    then running.age_days
            end
        ) over (partition by cohorts.cohort_id) as payback_day
    from running
    inner join cohorts
        on running.cohort_id = cohorts.cohort_id

),

cells as (

    select
        steps.*,
        days.nth as day_number,
        steps.acquired_day + cast(days.nth as integer) < steps.today as is_ripe
    from steps
    cross join lateral generate_series(steps.age_days, steps.next_age_days - 1) as days (nth)

),

known as (

    select
        cells.*,
        case when is_ripe and rows_without_rate = 0 then value_usd end as ripe_value_usd
    from cells

)

select
    -- ids
    level,
    channel,
    platform,
    account_id,
    campaign_id,
    creative_id,
    acquired_day,
    cast(day_number as bigint) as day_number,

    -- dimensions
    is_ripe,

    -- measures
    cast(people as bigint) as people,
    cast(users as bigint) as users,
    cast(spend_usd as decimal(38, 6)) as spend_usd,
    cast(ripe_value_usd as decimal(38, 6)) as value_usd,
    {{ ratio('ripe_value_usd', 'spend_usd') }} as roas,
    cast(payback_day as bigint) as payback_day,
    cast(case when is_ripe then rows_without_rate end as bigint) as rows_without_rate
from known
