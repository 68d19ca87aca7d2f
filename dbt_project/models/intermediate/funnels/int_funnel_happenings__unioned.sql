with

people as (

    select
        identity_id as user_id,
        person_id
    from {{ ref('int_people__stitched') }}
    where
        identity_kind = 'user'
        and person_id not in (select excluded.person_id from {{ ref('int_people__excluded') }} as excluded)

),

messages as (

    select
        user_id,
        occurred_at,
        outcome as happening,
        message_type,
        channel,
        playbook,
        step,
        variant
    from {{ ref('int_sends__current') }}
    where outcome = 'sent'

    union all

    select
        user_id,
        occurred_at,
        kind as happening,
        message_type,
        channel,
        playbook,
        step,
        variant
    from {{ ref('stg_messaging__receipts') }}
    where {{ had_happened('known_at') }}

),

leads as (

    select
        lead_id,
        captured_at as occurred_at,
        'captured' as happening
    from {{ ref('int_leads__current') }}

    union all

    select
        lead_id,
        occurred_at,
        case direction when 'outbound' then 'contacted' when 'inbound' then 'responded' end as happening
    from {{ ref('int_conversations__current') }}

),

-- Each with the columns that it has.
touches as (

    select
        'touches' as entity,
        person_id,
        touch_kind as happening,
        is_paid,
        channel,
        platform,
        campaign_id,
        ad_id,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        occurred_at
    from {{ ref('dim_touches') }}

),

messages_to_people as (

    select
        'messages' as entity,
        people.person_id,
        messages.happening,
        messages.channel,
        messages.message_type,
        messages.playbook,
        messages.step,
        messages.variant,
        messages.occurred_at
    from messages
    inner join people on messages.user_id = people.user_id

),

sales as (

    select
        'sales' as entity,
        person_id,
        'sale' as happening,
        source,
        currency,
        plan_id,
        occurred_at
    from {{ ref('int_sales__unified') }}

),

leads_in_person as (

    select
        'leads' as entity,
        'l:' || leads.lead_id as person_id,
        leads.happening,
        details.source,
        details.platform,
        details.topic,
        details.language,
        details.country,
        leads.occurred_at
    from leads
    left join {{ ref('int_leads__current') }} as details on leads.lead_id = details.lead_id
    where leads.happening is not null

)

{% set own = {
    'touches': [
        'is_paid', 'channel', 'platform', 'campaign_id', 'ad_id', 'utm_source', 'utm_medium', 'utm_campaign',
        'utm_content',
    ],
    'messages_to_people': ['channel', 'message_type', 'playbook', 'step', 'variant'],
    'sales': ['source', 'currency', 'plan_id'],
    'leads_in_person': ['source', 'platform', 'topic', 'language', 'country'],
} -%}
{%- set every = own.values() | sum(start=[]) | unique | list -%}
{% for relation, columns in own.items() -%}
select
    entity,
    person_id,
    happening,
    {% for column in every -%}
    {% set missing = 'cast(null as ' ~ ('boolean' if column == 'is_paid' else 'text') ~ ') as ' ~ column -%}
    {{ column if column in columns else missing }},
    {% endfor -%}
    occurred_at
from {{ relation }}
{{- '\n\nunion all\n' if not loop.last }}
{% endfor %}
