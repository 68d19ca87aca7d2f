-- Asked the other way round: for every month and period, whether the one's last instant lies in the other.
{%- set zone = text_literal(workspace().timezone) %}

with

months as (

    select
        date_month,
        is_running,
        {{ periods_after('date_month', 1, 'month') }} as next_month,
        end_usd,
        memberships
    from {{ ref('fct_mrr_monthly') }}

),

covering as (

    select
        months.date_month,
        periods.monthly_usd,
        row_number() over (
            partition by months.date_month, periods.membership_id order by periods.started_at desc
        ) as nth_latest
    from months
    inner join {{ ref('int_subscription_periods__unified') }} as periods
        on
            {{ local_date('periods.started_at', zone) }} < months.next_month
            and (
                periods.ended_at is null
                or (not months.is_running and {{ local_date('periods.ended_at', zone) }} >= months.next_month)
            )

),

added as (

    select
        date_month,
        count(*) as memberships,
        case when count(*) = count(monthly_usd) then sum(monthly_usd) end as end_usd
    from covering
    where nth_latest = 1
    group by 1

)

select
    months.date_month,
    months.end_usd,
    added.end_usd as covering_usd
from months
left join added
    on months.date_month = added.date_month
where
    months.memberships <> coalesce(added.memberships, 0)
    or months.end_usd is distinct from case when added.date_month is null then 0 else added.end_usd end
