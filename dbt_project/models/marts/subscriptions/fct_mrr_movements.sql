{%- set zone = text_literal(workspace().timezone) %}

with

periods as (

    select * from {{ ref('int_subscription_periods__unified') }}

),

build as (

    select
        as_of,
        {{ month_number(local_date('as_of', zone)) }} as month_number
    from {{ ref('int_build__as_of') }}

),

-- From the month of the first start to one past the end, or to the build's.
customers as (

    select
        periods.person_id,
        min({{ month_number(local_date('periods.started_at', zone)) }}) as first_month,
        least(
            max(
                case
                    when periods.ended_at is null then build.month_number
                    else {{ month_number(local_date('periods.ended_at', zone)) }} + 1
                end
            ),
            max(build.month_number)
        ) as last_month
    from periods
    cross join build
    group by 1

),

ends as (

    select
        customers.person_id,
        cast(spine.month_number as integer) as month_number,
        coalesce(months.memberships, 0) as memberships,
        coalesce(months.paid_memberships, 0) > 0 as is_paying,
        coalesce(months.rows_without_rate, 0) as rows_without_rate,
        case when months.person_id is null then 0 else months.mrr_usd end as end_usd
    from customers
    cross join lateral generate_series(customers.first_month, customers.last_month) as spine (month_number)
    left join {{ ref('int_customer_months__valued') }} as months
        on
            customers.person_id = months.person_id
            and spine.month_number = months.month_number

),

changes as (

    select
        *,
        coalesce(lag(is_paying) over of_person, false) as was_paying,
        coalesce(
            max(case when is_paying then 1 else 0 end) over (
                partition by person_id order by month_number rows between unbounded preceding and 1 preceding
            ), 0
        ) = 1 as has_paid_before,
        case when lag(person_id) over of_person is null then 0 else lag(end_usd) over of_person end as start_usd
    from ends
    window of_person as (partition by person_id order by month_number)

),

named as (

    select
        *,
        end_usd - start_usd as change_usd,
        case
            when is_paying and not was_paying then case when has_paid_before then 'reactivation' else 'new' end
            when was_paying and not is_paying then 'churn'
            when end_usd > start_usd then 'expansion'
            when end_usd < start_usd then 'contraction'
        end as movement
    from changes

),

-- Why somebody left is what ended last in the month in which nothing was left.
farewells as (

    select
        person_id,
        churn_kind,
        cancel_reason,
        {{ month_number(local_date('ended_at', zone)) }} as month_number,
        row_number() over (
            partition by person_id, {{ month_number(local_date('ended_at', zone)) }}
            order by ended_at desc, {{ by_bytes('membership_id') }} desc, started_at desc
        ) as nth_last
    from periods
    where
        ended_at is not null
        and monthly_local > 0

)

select
    -- ids
    named.person_id,
    {{ month_of_number('named.month_number') }} as date_month,

    -- dimensions
    named.movement,
    case when named.movement = 'churn' then coalesce(farewells.churn_kind, 'unknown') end as churn_kind,
    case when named.movement = 'churn' then farewells.cancel_reason end as churn_reason,
    named.is_paying,
    named.month_number = build.month_number as is_running,

    -- measures
    cast(named.memberships as bigint) as memberships,
    cast(named.rows_without_rate as bigint) as rows_without_rate,
    cast(named.start_usd as decimal(38, 6)) as start_usd,
    {%- for movement in mrr_movements() %}
    cast(
        case
            when named.change_usd is null then null
            when named.movement = '{{ movement }}' then named.change_usd
            else 0
        end as decimal(38, 6)
    ) as {{ movement }}_usd,
    {%- endfor %}
    cast(named.end_usd as decimal(38, 6)) as end_usd
from named
cross join build
left join farewells
    on
        named.person_id = farewells.person_id
        and named.month_number = farewells.month_number
        and farewells.nth_last = 1
