{{ config(materialized='table') }}

with

identities as (

    select
        identity_id as anonymous_id,
        person_id
    from {{ ref('int_people__stitched') }}
    where identity_kind = 'anonymous'

),

touches as (

    select
        touches.*,
        coalesce('u:' || touches.user_id, identities.person_id) as person_id,
        lower(trim(touches.utm_source)) as source_word,
        lower(trim(touches.utm_medium)) as medium_word,
        lower(trim(touches.utm_campaign)) as campaign_word,
        {{ host_of('touches.referrer') }} as referrer_host,
        case when touches.referrer <> '' then {{ host_of('touches.landing_page') }} end as landing_host
    from {{ ref('stg_product__touches') }} as touches
    left join identities
        on case when touches.user_id is null then touches.anonymous_id end = identities.anonymous_id
    where {{ had_happened('touches.known_at') }}

),

told as (

    select
        touch_id,
        person_id,
        nullif(campaign_id, '') as campaign_id,
        nullif(ad_id, '') as ad_id,
        touch_kind,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        nullif(referral_code, '') as referral_code,
        nullif(offer_code, '') as offer_code,
        landing_page,
        case when source_word not in ('', '(direct)', 'direct', '(not set)') then source_word end as source_word,
        case when medium_word not in ('', '(none)', 'none', '(not set)') then medium_word end as medium_word,
        case when campaign_word not in ('', '(not set)') then campaign_word end as campaign_word,
        nullif(trim(utm_content), '') as content_word,
        -- A page of the same site says nothing of where somebody came from.
        case
            when landing_host is null or referrer_host <> landing_host then referrer_host
        end as referrer_host,
        nullif(click_id, '') is not null as has_click_id,
        nullif(referral_code, '') is not null as has_referral_code,
        -- Whose click it was is said by the name of the parameter that carries the click's id.
        coalesce(nullif(platform, ''), {{ platform_of_click('landing_page') }}) as platform,
        occurred_at
    from touches
    where not exists (
        select 1
        from {{ ref('int_people__excluded') }} as excluded
        where excluded.person_id = touches.person_id
    )

)

select
    -- ids
    touch_id,
    person_id,
    md5(concat_ws(
        chr(31),
        {% for column in [
            'platform', 'campaign_id', 'ad_id', 'source_word', 'medium_word', 'campaign_word', 'content_word', 'referrer_host'
        ] -%}
        coalesce({{ column }}, chr(30)),
        {% endfor -%}
        cast(has_click_id as text),
        cast(has_referral_code as text)
    )) as tags_id,
    campaign_id,
    ad_id,

    -- dimensions
    platform,
    touch_kind,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    referral_code,
    offer_code,
    landing_page,
    source_word,
    medium_word,
    campaign_word,
    content_word,
    referrer_host,
    has_click_id,
    has_referral_code,

    -- times
    occurred_at
from told
