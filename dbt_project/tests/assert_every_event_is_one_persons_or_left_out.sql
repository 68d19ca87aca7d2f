-- What was known of events is what the people did, and what those did who are left out: none lost, none twice.
with

known as (

    select count(*) as events
    from {{ ref('stg_product__events') }}
    where {{ had_happened('known_at') }}

),

identified as (

    select count(*) as events from {{ ref('int_events__identified') }}

),

left_out as (

    select coalesce(sum(events), 0) as events
    from {{ ref('fct_identity_exceptions') }}
    where is_left_out

)

select
    known.events as known_events,
    identified.events as identified_events,
    left_out.events as left_out_events
from known
cross join identified
cross join left_out
where known.events <> identified.events + left_out.events
