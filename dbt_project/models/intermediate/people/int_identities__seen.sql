{{ config(materialized='table') }}

with

-- Marks are looked for in the text: canonical JSON, in which a value follows its name at once.
facts as (

    select
        user_id,
        anonymous_id,
        occurred_at,
        coalesce(properties like '%"is_test":true%', false) as is_test,
        coalesce(properties like '%"is_bot":true%', false) as is_bot,
        false as is_agent,
        1 as events,
        0 as touches
    from {{ ref('stg_product__events') }}
    where {{ had_happened('known_at') }}

    union all

    select
        user_id,
        anonymous_id,
        occurred_at,
        coalesce(extra like '%"is_test":true%', false) as is_test,
        coalesce(extra like '%"is_bot":true%', false) as is_bot,
        coalesce(extra like '%"user_agent_class":"bot"%', false) as is_agent,
        0 as events,
        1 as touches
    from {{ ref('stg_product__touches') }}
    where {{ had_happened('known_at') }}

),

-- Whoever bought something or was written to is somebody, also where nothing else is known of them.
customers as (

    {% for model, instant in [
        ('int_orders__current', 'occurred_at'),
        ('int_payments__current', 'occurred_at'),
        ('int_subscriptions__current', 'started_at'),
        ('int_whop_payments__current', 'created_at'),
        ('int_whop_memberships__current', 'created_at'),
        ('int_sends__current', 'occurred_at'),
    ] -%}
    select
        user_id,
        {{ instant }} as occurred_at
    from {{ ref(model) }}
    {{- '\n    union all\n    ' if not loop.last }}
    {%- endfor %}

),

seen as (

    select * from facts
    union all
    select
        user_id,
        null as anonymous_id,
        occurred_at,
        false as is_test,
        false as is_bot,
        false as is_agent,
        0 as events,
        0 as touches
    from customers
    where user_id <> ''

)

select
    user_id,
    anonymous_id,
    bool_or(is_test) as is_test,
    bool_or(is_bot) as is_bot,
    bool_or(is_agent) as is_agent,
    cast(sum(events) as bigint) as events,
    cast(sum(touches) as bigint) as touches,
    min(occurred_at) as first_seen_at
from seen
group by 1, 2
