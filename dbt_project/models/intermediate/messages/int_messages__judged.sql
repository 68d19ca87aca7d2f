{{ config(materialized='table') }}

{#- What a message is about, which its receipts say where nobody told of the send. -#}
{%- set about = ['message_type', 'channel', 'playbook', 'step', 'variant'] -%}
{%- set stages = ['delivered', 'opened', 'clicked', 'bounced', 'complained', 'unsubscribed'] -%}

with

sends as (

    select * from {{ ref('int_sends__current') }}
    where {{ had_happened('occurred_at') }}

),

receipts as (

    select * from {{ ref('stg_messaging__receipts') }}
    where {{ had_happened('known_at') }}

),

stages as (

    select
        message_id,
        {% for stage in stages -%}
        min(case when kind = '{{ stage }}' then occurred_at end) as {{ stage }}_at,
        {% endfor -%}
        min(occurred_at) as first_at
    from receipts
    group by 1

),

-- Messages of which nobody told but their provider.
strays as (

    select
        receipts.message_id,
        {% for column in about -%}
        min({{ by_bytes('receipts.' ~ column) }}) as {{ column }},
        {% endfor -%}
        min({{ by_bytes('receipts.user_id') }}) as user_id
    from receipts
    left join sends
        on receipts.message_id = sends.message_id
    where sends.message_id is null
    group by 1

),

known as (

    select
        message_id,
        user_id,
        {{ about | join(',\n        ') }},
        outcome,
        true as has_send,
        occurred_at
    from sends

    union all

    select
        message_id,
        user_id,
        {{ about | join(',\n        ') }},
        cast(null as text) as outcome,
        false as has_send,
        cast(null as timestamptz) as occurred_at
    from strays

),

told as (

    select
        known.message_id,
        'u:' || known.user_id as person_id,
        {% for column in about -%}
        known.{{ column }},
        {% endfor -%}
        known.outcome,
        known.has_send,
        {% for stage in stages -%}
        stages.{{ stage }}_at,
        {% endfor -%}
        coalesce(known.occurred_at, stages.first_at) as tried_at
    from known
    left join stages
        on known.message_id = stages.message_id

),

judged as (

    select
        told.*,
        -- Whoever clicked has it open, and whoever has it open got it, whether or not a picture told us so.
        coalesce(opened_at, clicked_at) is not null as is_opened,
        coalesce(delivered_at, opened_at, clicked_at, complained_at, unsubscribed_at) is not null as is_delivered,
        case
            when outcome in ('held_out', 'ghost') then 'held_out'
            when coalesce(delivered_at, opened_at, clicked_at, complained_at, unsubscribed_at) is not null then 'sent'
            when coalesce(outcome, 'sent') in ('sent', 'delivered', 'bounced') or bounced_at is not null then 'sent'
            when outcome = 'failed' then 'failed'
            else 'not_sent'
        end as fate
    from told

)

select
    -- ids
    message_id,
    person_id,

    -- dimensions
    message_type,
    channel,
    playbook,
    step,
    variant,
    outcome,
    fate,
    has_send,
    is_delivered,
    is_opened,
    clicked_at is not null as is_clicked,
    bounced_at is not null as is_bounced,
    complained_at is not null as is_complained,
    unsubscribed_at is not null as is_unsubscribed,
    fate = 'sent'
    and (is_delivered or (bounced_at is null and coalesce(outcome, 'sent') <> 'bounced')) as is_creditable,

    -- times
    tried_at
from judged
where not exists (
    select 1
    from {{ ref('int_people__excluded') }} as excluded
    where excluded.person_id = judged.person_id
)
