{{ config(materialized='table') }}

with

identities as (

    select
        identity_id as anonymous_id,
        person_id
    from {{ ref('int_people__stitched') }}
    where identity_kind = 'anonymous'

),

events as (

    select
        events.event_id,
        coalesce('u:' || events.user_id, identities.person_id) as person_id,
        events.event_type,
        events.occurred_at,
        events.source_app,
        events.value,
        events.currency,
        events.properties
    from {{ ref('stg_product__events') }} as events
    left join identities
        on case when events.user_id is null then events.anonymous_id end = identities.anonymous_id
    where {{ had_happened('events.known_at') }}

)

select
    -- ids
    event_id,
    person_id,

    -- dimensions
    event_type,
    source_app,
    currency,
    properties,

    -- measures
    value,
    row_number() over (partition by person_id order by occurred_at asc, {{ by_bytes('event_id') }} asc) as event_seq,

    -- times
    occurred_at
from events
where not exists (
    select 1
    from {{ ref('int_people__excluded') }} as excluded
    where excluded.person_id = events.person_id
)
