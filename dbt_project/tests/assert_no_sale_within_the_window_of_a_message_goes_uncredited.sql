-- Credit of messages is complete: in sales, and in money from the sales to the funnel.
with

funnel as (

    select
        coalesce(sum(attributed_sales), 0) as sales,
        coalesce(sum(attributed_revenue_usd), 0) as revenue_usd,
        coalesce(sum(attributed_refunds_usd), 0) as refunds_usd
    from {{ ref('fct_message_funnel') }}

),

credited_sums as (

    select
        count(*) as sales,
        coalesce(sum(amount_usd), 0) as revenue_usd,
        coalesce(sum(refunded_usd), 0) as refunds_usd
    from {{ ref('int_message_sales__credited') }}

)

select sales.sale_id as what
from {{ ref('int_sales__netted') }} as sales
inner join {{ ref('int_messages__judged') }} as messages
    on
        sales.person_id = messages.person_id
        and messages.is_creditable
        and sales.occurred_at >= messages.tried_at
        and sales.occurred_at <= messages.tried_at + interval '{{ message_window_hours() }} hours'
left join {{ ref('int_message_sales__credited') }} as credited
    on sales.sale_id = credited.sale_id
where credited.sale_id is null

union all

select 'money in the funnel' as what
from funnel
cross join credited_sums
where
    funnel.sales <> credited_sums.sales
    or funnel.revenue_usd <> credited_sums.revenue_usd
    or funnel.refunds_usd <> credited_sums.refunds_usd
