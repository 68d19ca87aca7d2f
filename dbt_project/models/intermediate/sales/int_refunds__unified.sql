{{ config(materialized='table') }}

with

sales as (

    select * from {{ ref('int_sales__unified') }}

),

-- A reference to an order means its first sale.
first_of_order as (

    select
        order_id,
        sale_id,
        row_number() over (partition by order_id order by occurred_at, {{ by_bytes('sale_id') }}) as nth
    from sales
    where order_id is not null

),

told as (

    select
        'product' as party,
        'refund' as kind,
        refund_id,
        payment_id,
        order_id,
        occurred_at,
        amount as amount_local,
        currency
    from {{ ref('int_refunds__current') }}

    union all

    select
        'whop' as party,
        'refund' as kind,
        refunds.refund_id,
        refunds.payment_id,
        payments.order_id,
        refunds.created_at as occurred_at,
        coalesce(refunds.original_amount, refunds.amount) as amount_local,
        coalesce(refunds.currency, payments.currency) as currency
    from {{ ref('int_whop_refunds__current') }} as refunds
    left join {{ ref('int_whop_payments__current') }} as payments
        on refunds.payment_id = payments.payment_id
    where refunds.status = 'succeeded'

    union all

    -- A dispute takes the money when it is lost; an inquiry moves none.
    select
        'whop' as party,
        'dispute' as kind,
        disputes.dispute_id as refund_id,
        disputes.payment_id,
        payments.order_id,
        disputes.updated_at as occurred_at,
        disputes.amount as amount_local,
        disputes.currency
    from {{ ref('int_whop_disputes__current') }} as disputes
    left join {{ ref('int_whop_payments__current') }} as payments
        on disputes.payment_id = payments.payment_id
    where
        disputes.status = 'lost'
        and not coalesce(disputes.is_inquiry, false)

),

matched as (

    select
        told.*,
        coalesce(by_payment.sale_id, first_of_order.sale_id) as sale_id
    from told
    left join sales as by_payment
        on told.payment_id = by_payment.payment_id
    left join first_of_order
        on
            told.order_id = first_of_order.order_id
            and first_of_order.nth = 1
    where {{ had_happened('told.occurred_at') }}

),

-- Of a sale that two parties gave back, the refunds of the party that told of the sale count.
parties as (

    select
        matched.*,
        sales.person_id,
        sales.currency as sale_currency,
        sales.amount_local as sale_amount_local,
        sales.amount_usd as sale_amount_usd,
        case when sales.source = 'whop_payment' then 'whop' else 'product' end as sale_party,
        max(case when matched.kind = 'refund' and matched.party = 'product' then 1 else 0 end)
            over (partition by matched.sale_id) as is_told_by_product,
        max(case when matched.kind = 'refund' and matched.party = 'whop' then 1 else 0 end)
            over (partition by matched.sale_id) as is_told_by_whop,
        {{ local_date('matched.occurred_at', text_literal(workspace().timezone)) }} as date_day
    from matched
    left join sales
        on matched.sale_id = sales.sale_id

),

counted as (

    select
        parties.*,
        cast(
            parties.amount_local * case when parties.currency = 'USD' then 1 else rates.usd_per_unit end
            as decimal(18, 6)
        ) as amount_usd
    from parties
    left join {{ ref('int_fx__daily') }} as rates
        on
            parties.currency = rates.currency
            and parties.date_day = rates.date_day
    where
        parties.sale_id is null
        or parties.kind = 'dispute'
        or parties.party = parties.sale_party
        or (parties.party = 'product' and parties.is_told_by_whop = 0)
        or (parties.party = 'whop' and parties.is_told_by_product = 0)

),

-- Money in another currency than the sale's is compared in dollars.
summed as (

    select
        counted.*,
        sum(case when currency = sale_currency then amount_local end) over so_far as given_back_local,
        sum(case when currency <> sale_currency then 1 else 0 end) over so_far as in_other_currencies,
        sum(amount_usd) over so_far as given_back_usd
    from counted
    window so_far as (
        partition by sale_id order by occurred_at, {{ by_bytes('refund_id') }}
        rows between unbounded preceding and current row
    )

),

compared as (

    select
        summed.*,
        coalesce(
            case
                when in_other_currencies = 0 then given_back_local >= sale_amount_local
                else given_back_usd >= sale_amount_usd
            end, false
        ) as is_given_back
    from summed

),

ended as (

    select
        compared.*,
        sum(case when is_given_back then 1 else 0 end) over (
            partition by sale_id order by occurred_at, {{ by_bytes('refund_id') }}
            rows between unbounded preceding and current row
        ) as times_given_back
    from compared

)

select
    -- ids
    party || ':' || refund_id as refund_id,
    sale_id,
    person_id,

    -- dimensions
    kind,
    currency,
    date_day,
    is_given_back and times_given_back = 1 and sale_id is not null as is_full,

    -- measures
    cast(amount_local as decimal(18, 6)) as amount_local,
    amount_usd,

    -- times
    occurred_at
from ended
