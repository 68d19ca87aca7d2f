{{ config(materialized='table') }}

{#- Reasons that name a payment that did not come. -#}
{%- set involuntary_reasons = workspace().involuntary_reasons %}

with

-- A period that ends after the build's instant has not ended yet, and one that begins after it is a plan.
known as (

    select
        told.*,
        coalesce('u:' || told.user_id, 'w:' || told.whop_user_id, 'm:' || told.membership_id) as person_id,
        case when told.ended_at <= build.as_of then told.ended_at end as known_ended_at,
        coalesce(told.status in ({{ quoted_names(unpaid_statuses()) }}), false) as is_unpaid
    from {{ ref('int_subscription_periods__told') }} as told
    cross join {{ ref('int_build__as_of') }} as build
    where told.started_at <= build.as_of

),

counted as (

    select known.*
    from known
    left join {{ ref('int_people__excluded') }} as excluded
        on known.person_id = excluded.person_id
    where excluded.person_id is null

),

-- Renewals at one price, each beginning where the last one ended, are one price: it has the rate of its first day.
neighbours as (

    select
        *,
        coalesce(
            lag(amount_local) over of_membership = amount_local
            and lag(payments_a_month) over of_membership = payments_a_month
            and lag(currency) over of_membership = currency
            and lag(is_unpaid) over of_membership = is_unpaid
            and coalesce(lag(known_ended_at) over of_membership, started_at) >= started_at,
            false
        ) as is_renewal
    from counted
    window of_membership as (partition by membership_id order by started_at)

),

priced_since as (

    select
        *,
        max(case when not is_renewal then started_at end) over (
            partition by membership_id order by started_at rows between unbounded preceding and current row
        ) as price_since
    from neighbours

),

rated as (

    select
        periods.*,
        cast(
            case when periods.is_unpaid then 0 else periods.amount_local * periods.payments_a_month end
            as decimal(18, 6)
        ) as monthly_local,
        cast(case when periods.currency = 'USD' then 1 else rates.usd_per_unit end as decimal(20, 12)) as usd_per_unit
    from priced_since as periods
    left join {{ ref('int_fx__daily') }} as rates
        on
            periods.currency = rates.currency
            and {{ local_date('periods.price_since', text_literal(workspace().timezone)) }} = rates.date_day

),

payments as (

    select
        membership_id,
        payment_id,
        occurred_at as tried_at,
        status = 'failed' as is_failed
    from {{ ref('int_payments__current') }}
    where membership_id is not null

    union all

    select
        membership_id,
        payment_id,
        created_at as tried_at,
        status <> 'paid' and payments_failed > 0 as is_failed
    from {{ ref('int_whop_payments__current') }}
    where membership_id is not null

),

-- What became of the last payment that was tried before an end.
last_payments as (

    select
        rated.membership_id,
        rated.started_at,
        payments.is_failed,
        row_number() over (
            partition by rated.membership_id, rated.started_at
            order by payments.tried_at desc, {{ by_bytes('payments.payment_id') }} desc
        ) as nth_last
    from rated
    inner join payments
        on
            rated.membership_id = payments.membership_id
            and rated.known_ended_at >= payments.tried_at

)

select
    -- ids
    rated.membership_id,
    rated.person_id,
    rated.user_id,
    rated.plan_id,

    -- dimensions
    rated.source,
    rated.status,
    rated.currency,
    rated.cancel_reason,
    case
        when rated.known_ended_at is null then null
        when lower(replace(rated.cancel_reason, ' ', '_')) in ({{ quoted_names(involuntary_reasons) }})
            then 'involuntary'
        when rated.cancel_reason <> '' then 'voluntary'
        when last_payments.is_failed or rated.status in ('past_due', 'unpaid') then 'involuntary'
        when rated.is_ended_by_customer then 'voluntary'
        else 'unknown'
    end as churn_kind,

    -- measures
    rated.amount_local,
    rated.monthly_local,
    rated.usd_per_unit,
    cast(
        case when rated.monthly_local = 0 then 0 else rated.monthly_local * rated.usd_per_unit end as decimal(18, 6)
    ) as monthly_usd,

    -- times
    rated.started_at,
    rated.known_ended_at as ended_at
from rated
left join last_payments
    on
        rated.membership_id = last_payments.membership_id
        and rated.started_at = last_payments.started_at
        and last_payments.nth_last = 1
