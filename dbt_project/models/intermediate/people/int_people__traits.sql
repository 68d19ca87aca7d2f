{{ config(materialized='table') }}

with

-- What people say of themselves, in the few events that say anything of the kind.
said as (

    select
        person_id,
        event_seq,
        occurred_at,
        nullif({{ json_property('properties', 'country') }}, '') as country,
        nullif({{ json_property('properties', 'device') }}, '') as device,
        {{ is_sign_up('event_type', 'properties') }} as is_sign_up,
        nullif({{ json_property('properties', 'referral_code') }}, '') as referral_code
    from {{ ref('int_events__identified') }}
    where
        {{ is_sign_up('event_type', 'properties') }}
        or properties like '%"country":"%'
        or properties like '%"device":"%'

)

-- The first time that they say it.
select
    person_id,
    (array_agg(country order by event_seq) filter (where country is not null))[1] as country,
    (array_agg(device order by event_seq) filter (where device is not null))[1] as device,
    (
        array_agg(referral_code order by event_seq) filter (where is_sign_up and referral_code is not null)
    )[1] as referral_code,
    min(case when is_sign_up then occurred_at end) as signed_up_at
from said
group by 1
