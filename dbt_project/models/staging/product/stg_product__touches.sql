with

source as (

    select * from {{ source('raw', 'product__touches') }}

),

renamed as (

    select
        -- ids
        touch_id,
        nullif(user_id, '') as user_id,
        nullif(anonymous_id, '') as anonymous_id,
        click_id,
        campaign_id,
        ad_id,

        -- dimensions
        touch_kind,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        utm_term,
        platform,
        referrer,
        landing_page,
        referral_code,
        offer_code,
        account_id as source_account,
        extra,

        -- times
        occurred_at,
        received_at,
        {{ fact_known_at('occurred_at', 'received_at') }} as known_at

    from source

)

select * from renamed
