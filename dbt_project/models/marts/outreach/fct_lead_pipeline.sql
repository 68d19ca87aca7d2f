with

leads as (

    select
        lead_id,
        platform,
        source,
        lawful_basis,
        captured_at
    from {{ ref('int_leads__current') }}
    where {{ had_happened('captured_at') }}

),

messages as (

    select * from {{ ref('int_conversations__current') }}
    where {{ had_happened('occurred_at') }}

),

conversations as (

    select
        lead_id,
        count(*) as messages,
        count(case when direction = 'outbound' then 1 end) as messages_out,
        count(case when direction = 'inbound' then 1 end) as messages_in,
        min(occurred_at) as first_message_at,
        min(case when direction = 'outbound' then occurred_at end) as first_out_at
    from messages
    group by 1

),

replies as (

    select
        messages.lead_id,
        min(messages.occurred_at) as first_reply_at
    from messages
    inner join conversations
        on
            messages.lead_id = conversations.lead_id
            and messages.occurred_at >= conversations.first_out_at
    where messages.direction = 'inbound'
    group by 1

),

-- A conversation with somebody who is no lead is kept: somebody was written to whose source nobody knows.
pipeline as (

    select
        leads.lead_id,
        leads.platform,
        leads.source,
        leads.lawful_basis,
        {{ local_date(
            'coalesce(leads.captured_at, conversations.first_message_at)', "'" ~ workspace().timezone ~ "'"
        ) }} as date_day,
        coalesce(conversations.messages, 0) as messages,
        coalesce(conversations.messages_out, 0) as messages_out,
        coalesce(conversations.messages_in, 0) as messages_in,
        conversations.first_out_at is not null as is_contacted,
        replies.first_reply_at is not null as has_replied,
        {{ microseconds_of('conversations.first_out_at') }} - {{ microseconds_of('leads.captured_at') }}
            as microseconds_to_contact,
        {{ microseconds_of('replies.first_reply_at') }} - {{ microseconds_of('conversations.first_out_at') }}
            as microseconds_to_reply
    from leads
    full outer join conversations
        on leads.lead_id = conversations.lead_id
    left join replies
        on conversations.lead_id = replies.lead_id

),

counted as (

    select
        date_day,
        platform,
        source,
        lawful_basis,
        count(lead_id) as leads,
        count(case when lead_id is null then 1 end) as unknown_leads,
        count(case when is_contacted then 1 end) as contacted,
        count(case when has_replied then 1 end) as replied,
        sum(messages) as messages,
        sum(messages_out) as messages_out,
        sum(messages_in) as messages_in,
        avg(cast(microseconds_to_contact as double precision)) / 3600000000.0 as hours_to_contact,
        avg(cast(microseconds_to_reply as double precision)) / 3600000000.0 as hours_to_reply
    from pipeline
    group by 1, 2, 3, 4

)

select
    -- ids
    date_day,
    platform,
    source,
    lawful_basis,

    -- measures
    cast(leads as bigint) as leads,
    cast(unknown_leads as bigint) as unknown_leads,
    cast(contacted as bigint) as contacted,
    cast(replied as bigint) as replied,
    {{ share_of('contacted', 'leads + unknown_leads') }} as contact_rate,
    {{ share_of('replied', 'contacted') }} as reply_rate,
    cast(messages as bigint) as messages,
    cast(messages_out as bigint) as messages_out,
    cast(messages_in as bigint) as messages_in,
    {{ estimate('hours_to_contact') }} as mean_hours_to_contact,
    {{ estimate('hours_to_reply') }} as mean_hours_to_reply
from counted
