with

given_back as (

    select
        sale_id,
        sum(amount_usd) as refunded_usd,
        count(*) - count(amount_usd) as refunds_without_rate
    from {{ ref('int_refunds__unified') }}
    where sale_id is not null
    group by 1

)

select
    -- ids
    sales.sale_id,
    sales.person_id,
    sales.user_id,

    -- dimensions
    sales.date_day,

    -- measures
    sales.amount_usd,
    cast(coalesce(given_back.refunded_usd, 0) as decimal(18, 6)) as refunded_usd,
    case
        when coalesce(given_back.refunds_without_rate, 0) = 0
            then cast(sales.amount_usd - coalesce(given_back.refunded_usd, 0) as decimal(18, 6))
    end as net_usd,

    -- times
    sales.occurred_at
from {{ ref('int_sales__unified') }} as sales
left join given_back
    on sales.sale_id = given_back.sale_id
