{%- set kinds = ['message_type', 'channel', 'playbook', 'step', 'variant'] -%}
{%- set stages = ['delivered', 'opened', 'clicked'] -%}

with

credited as (

    select
        message_id,
        count(*) as sales,
        sum(amount_usd) as revenue_usd,
        sum(refunded_usd) as refunded_usd,
        count(*) - count(net_usd) as sales_without_rate
    from {{ ref('int_message_sales__credited') }}
    group by 1

),

messages as (

    select
        messages.*,
        {{ local_date('messages.tried_at', "'" ~ workspace().timezone ~ "'") }} as date_day,
        credited.message_id is not null as is_converted,
        credited.sales,
        credited.revenue_usd,
        credited.refunded_usd,
        credited.sales_without_rate
    from {{ ref('int_messages__judged') }} as messages
    left join credited
        on messages.message_id = credited.message_id

),

-- A channel that never told of a stage does not know it: null, not nobody.
channels as (

    select
        {% for stage in stages -%}
        max(case when is_{{ stage }} then 1 else 0 end) = 1 as tells_{{ stage }},
        {% endfor -%}
        coalesce(channel, '') as channel
    from messages
    group by 4

),

counted as (

    select
        date_day,
        {{ kinds | join(',\n        ') }},
        count(*) as attempts,
        count(case when fate = 'sent' then 1 end) as sent,
        count(case when fate = 'held_out' then 1 end) as held_out,
        count(case when fate = 'failed' then 1 end) as failed,
        count(case when fate = 'not_sent' then 1 end) as not_sent,
        {% for stage in stages -%}
        count(case when fate = 'sent' and is_{{ stage }} then 1 end) as {{ stage }},
        {% endfor -%}
        count(case when is_converted then 1 end) as converted,
        count(case when fate = 'sent' and is_bounced then 1 end) as bounced,
        count(case when fate = 'sent' and is_unsubscribed then 1 end) as unsubscribed,
        count(case when fate = 'sent' and is_complained then 1 end) as complained,
        sum(sales) as attributed_sales,
        sum(revenue_usd) as attributed_revenue_usd,
        sum(refunded_usd) as attributed_refunds_usd,
        sum(sales_without_rate) as sales_without_rate
    from messages
    group by date_day, {{ kinds | join(', ') }}

),

told as (

    select
        {% for stage in stages -%}
        channels.tells_{{ stage }},
        {% endfor -%}
        counted.*
    from counted
    inner join channels
        on coalesce(counted.channel, '') = channels.channel

),

known as (

    select
        date_day,
        {{ kinds | join(',\n        ') }},
        attempts,
        sent,
        held_out,
        failed,
        not_sent,
        {% for stage in stages -%}
        case when tells_{{ stage }} then {{ stage }} end as {{ stage }},
        {% endfor -%}
        converted,
        bounced,
        unsubscribed,
        complained,
        coalesce(attributed_sales, 0) as attributed_sales,
        coalesce(attributed_revenue_usd, 0) as attributed_revenue_usd,
        coalesce(attributed_refunds_usd, 0) as attributed_refunds_usd,
        coalesce(sales_without_rate, 0) as sales_without_rate
    from told

)

select
    -- ids
    date_day,
    {{ kinds | join(',\n    ') }},

    -- measures
    cast(attempts as bigint) as attempts,
    cast(sent as bigint) as sent,
    cast(held_out as bigint) as held_out,
    cast(failed as bigint) as failed,
    cast(not_sent as bigint) as not_sent,
    cast(delivered as bigint) as delivered,
    cast(opened as bigint) as opened,
    cast(clicked as bigint) as clicked,
    cast(converted as bigint) as converted,
    cast(bounced as bigint) as bounced,
    cast(unsubscribed as bigint) as unsubscribed,
    cast(complained as bigint) as complained,
    {{ share_of('delivered', 'sent') }} as delivery_rate,
    {{ share_of('opened', 'delivered') }} as open_rate,
    {{ share_of('clicked', 'delivered') }} as click_rate,
    {{ share_of('converted', 'sent') }} as conversion_rate,
    {{ share_of('bounced', 'sent') }} as bounce_rate,
    {{ share_of('unsubscribed', 'sent') }} as unsubscribe_rate,
    {{ share_of('complained', 'sent') }} as complaint_rate,
    cast(attributed_sales as bigint) as attributed_sales,
    cast(attributed_revenue_usd as decimal(18, 6)) as attributed_revenue_usd,
    cast(attributed_refunds_usd as decimal(18, 6)) as attributed_refunds_usd,
    cast(attributed_revenue_usd - attributed_refunds_usd as decimal(18, 6)) as attributed_net_revenue_usd,
    cast(sales_without_rate as bigint) as sales_without_rate
from known
