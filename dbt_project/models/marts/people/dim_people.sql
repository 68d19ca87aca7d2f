with

people as (

    select
        person_id,
        max(case when identity_kind = 'user' then identity_id end) as user_id,
        count(*) as identities,
        min(first_seen_at) as first_seen_at
    from {{ ref('int_people__stitched') }} as stitched
    where
        first_seen_at is not null
        and not exists (
            select 1
            from {{ ref('int_people__excluded') }} as excluded
            where excluded.person_id = stitched.person_id
        )
    group by 1

),

-- The first touch there ever was; at one instant a click goes before a view.
first_touches as (

    select
        person_id,
        touch_id,
        channel,
        platform,
        account_id,
        campaign_id,
        ad_id,
        occurred_at,
        row_number() over (
            partition by person_id
            order by
                occurred_at asc, case when touch_kind = 'view' then 1 else 0 end asc, {{ by_bytes('touch_id') }} asc
        ) as nth
    from {{ ref('dim_touches') }}
    where is_attributable

),

codes as (

    select
        person_id,
        referral_code,
        row_number() over (partition by person_id order by occurred_at asc, {{ by_bytes('touch_id') }} asc) as nth
    from {{ ref('dim_touches') }}
    where referral_code is not null

)

select
    -- ids
    people.person_id,
    people.user_id,
    first_touches.touch_id as acquisition_touch_id,
    first_touches.platform as acquisition_platform,
    first_touches.account_id as acquisition_account_id,
    first_touches.campaign_id as acquisition_campaign_id,
    first_touches.ad_id as acquisition_ad_id,

    -- dimensions
    people.user_id is not null as is_user,
    traits.country,
    traits.device,
    first_touches.channel as acquisition_channel,
    coalesce(codes.referral_code, traits.referral_code) as referral_code,

    -- measures
    cast(people.identities as bigint) as identities,

    -- times
    people.first_seen_at,
    traits.signed_up_at,
    coalesce(first_touches.occurred_at, people.first_seen_at) as acquired_at
from people
left join first_touches
    on
        people.person_id = first_touches.person_id
        and first_touches.nth = 1
left join codes
    on
        people.person_id = codes.person_id
        and codes.nth = 1
left join {{ ref('int_people__traits') }} as traits on people.person_id = traits.person_id
