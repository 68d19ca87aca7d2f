{{ config(materialized='table') }}

with

messages as (

    select
        message_id,
        person_id,
        tried_at,
        row_number() over (partition by person_id order by tried_at, {{ by_bytes('message_id') }}) as nth_message
    from {{ ref('int_messages__judged') }}
    where is_creditable

),

sales as (

    select * from {{ ref('int_sales__netted') }}

),

-- Everything in one line of time: a message at the very instant of a sale is before it.
timeline as (

    select
        person_id,
        tried_at as occurred_at,
        0 as is_sale,
        nth_message,
        cast(null as text) as sale_id
    from messages

    union all

    select
        person_id,
        occurred_at,
        1 as is_sale,
        cast(null as bigint) as nth_message,
        sale_id
    from sales

),

followed as (

    select
        person_id,
        sale_id,
        is_sale,
        max(nth_message) over (
            partition by person_id order by occurred_at, is_sale rows between unbounded preceding and current row
        ) as last_message
    from timeline

)

select
    -- ids
    sales.sale_id,
    messages.message_id,
    sales.person_id,

    -- measures
    sales.amount_usd,
    sales.refunded_usd,
    sales.net_usd,

    -- times
    messages.tried_at as message_at,
    sales.occurred_at
from followed
inner join messages
    on
        followed.person_id = messages.person_id
        and followed.last_message = messages.nth_message
inner join sales
    on followed.sale_id = sales.sale_id
where
    followed.is_sale = 1
    and sales.occurred_at <= messages.tried_at + interval '{{ message_window_hours() }} hours'
