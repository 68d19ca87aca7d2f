{{ config(materialized='table') }}

{%- set zone = text_literal(workspace().timezone) %}

with

-- A month is a period's that covers the month's last instant; the running month, one's that covers the build's.
placed as (

    select
        periods.*,
        {{ month_number(local_date('periods.started_at', zone)) }} as first_month,
        case
            when periods.ended_at is null then {{ month_number(local_date('build.as_of', zone)) }}
            else {{ month_number(local_date('periods.ended_at', zone)) }} - 1
        end as last_month
    from {{ ref('int_subscription_periods__unified') }} as periods
    cross join {{ ref('int_build__as_of') }} as build

),

covering as (

    select
        placed.*,
        months.month_number,
        row_number() over (
            partition by placed.membership_id, months.month_number order by placed.started_at desc
        ) as nth_latest
    from placed
    cross join lateral generate_series(placed.first_month, placed.last_month) as months (month_number)

)

select
    person_id,
    cast(month_number as integer) as month_number,
    count(*) as memberships,
    sum(case when monthly_local > 0 then 1 else 0 end) as paid_memberships,
    sum(case when monthly_usd is null then 1 else 0 end) as rows_without_rate,
    cast(case when count(*) = count(monthly_usd) then sum(monthly_usd) end as decimal(38, 6)) as mrr_usd
from covering
where nth_latest = 1
group by 1, 2
