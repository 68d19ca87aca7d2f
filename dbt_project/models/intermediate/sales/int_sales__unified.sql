{{ config(materialized='table') }}

{#- What an order says of itself that makes it no sale, and needs no payment to say so. -#}
{%- set unsold = [
    'cancelled', 'canceled', 'draft', 'expired', 'failed', 'open', 'pending', 'unpaid', 'void', 'voided'
] %}

with

payments as (

    select
        *,
        coalesce(status, 'paid') = 'paid' as is_paid
    from {{ ref('int_payments__current') }}
    where {{ had_happened('occurred_at') }}

),

-- Nothing is bought where nothing is paid: Whop calls the beginning of a trial a payment of 0.
whop_payments as (

    select
        *,
        status = 'paid' and total > 0 as is_paid,
        coalesce(paid_at, created_at) as occurred_at
    from {{ ref('int_whop_payments__current') }}
    where {{ had_happened('coalesce(paid_at, created_at)') }}

),

orders as (

    select
        *,
        coalesce(status in ({{ quoted_names(unsold) }}), false) as is_unsold
    from {{ ref('int_orders__current') }}
    where {{ had_happened('occurred_at') }}

),

-- Where payments of an order are known they speak for it: one that is paid takes its place, and as long as none is,
-- an order that does not itself say that it is paid is not sold.
paid_orders as (

    select
        order_id,
        max(case when source = 'payment' and is_paid then 1 else 0 end) = 1 as is_paid_by_payment,
        max(case when is_paid then 1 else 0 end) = 1 as is_paid
    from (
        select
            order_id,
            'payment' as source,
            is_paid
        from payments
        union all
        select
            order_id,
            'whop_payment' as source,
            is_paid
        from whop_payments
    ) as told
    where order_id is not null
    group by 1

),

sold as (

    select
        'payment' as source,
        payments.payment_id as source_id,
        payments.user_id,
        cast(null as text) as whop_user_id,
        payments.occurred_at,
        payments.amount as amount_local,
        payments.currency,
        payments.order_id,
        payments.payment_id,
        payments.membership_id,
        cast(null as text) as plan_id
    from payments
    where payments.is_paid

    union all

    select
        'whop_payment' as source,
        whop_payments.payment_id as source_id,
        coalesce(whop_payments.user_id, orders.user_id) as user_id,
        whop_payments.whop_user_id,
        whop_payments.occurred_at,
        whop_payments.total as amount_local,
        whop_payments.currency,
        whop_payments.order_id,
        whop_payments.payment_id,
        whop_payments.membership_id,
        whop_payments.plan_id
    from whop_payments
    left join payments
        on
            whop_payments.payment_id = payments.payment_id
            and payments.is_paid
    left join paid_orders
        on
            whop_payments.order_id = paid_orders.order_id
            and paid_orders.is_paid_by_payment
    left join orders
        on whop_payments.order_id = orders.order_id
    where
        whop_payments.is_paid
        and payments.payment_id is null
        and paid_orders.order_id is null

    union all

    select
        'order' as source,
        orders.order_id as source_id,
        orders.user_id,
        cast(null as text) as whop_user_id,
        orders.occurred_at,
        orders.amount as amount_local,
        orders.currency,
        orders.order_id,
        cast(null as text) as payment_id,
        cast(null as text) as membership_id,
        cast(null as text) as plan_id
    from orders
    left join paid_orders
        on orders.order_id = paid_orders.order_id
    where
        not orders.is_unsold
        and (paid_orders.order_id is null or (not paid_orders.is_paid and orders.status is not null))

),

subscriptions as (

    select
        membership_id,
        max(plan_id) as plan_id
    from {{ ref('int_subscriptions__current') }}
    group by 1

),

-- A buyer whom only Whop knows is a person of their own.
owned as (

    select
        sold.*,
        coalesce(sold.plan_id, subscriptions.plan_id) as known_plan_id,
        coalesce('u:' || sold.user_id, 'w:' || sold.whop_user_id) as person_id,
        {{ local_date('sold.occurred_at', text_literal(workspace().timezone)) }} as date_day
    from sold
    left join subscriptions
        on sold.membership_id = subscriptions.membership_id

),

priced as (

    select
        owned.*,
        owned.source || ':' || owned.source_id as sale_id,
        case when owned.currency = 'USD' then 1 else rates.usd_per_unit end as usd_per_unit
    from owned
    left join {{ ref('int_fx__daily') }} as rates
        on
            owned.currency = rates.currency
            and owned.date_day = rates.date_day
    where not exists (
        select 1
        from {{ ref('int_people__excluded') }} as excluded
        where excluded.person_id = owned.person_id
    )

),

counted as (

    select
        priced.*,
        row_number() over (
            partition by priced.person_id order by priced.occurred_at, {{ by_bytes('priced.sale_id') }}
        ) as nth_sale
    from priced

)

select
    -- ids
    sale_id,
    person_id,
    user_id,
    order_id,
    payment_id,
    membership_id,
    known_plan_id as plan_id,

    -- dimensions
    source,
    currency,
    date_day,
    nth_sale = 1 as is_first_sale,
    cast(nth_sale as bigint) as nth_sale,

    -- measures
    cast(amount_local as decimal(18, 6)) as amount_local,
    cast(amount_local * usd_per_unit as decimal(18, 6)) as amount_usd,

    -- times
    occurred_at
from counted
