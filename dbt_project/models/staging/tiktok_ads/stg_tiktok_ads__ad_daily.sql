with

source as (

    select * from {{ source('raw', 'tiktok_ads__ad_daily') }}

),

renamed as (

    select
        -- ids
        'tiktok_ads' as platform,
        account_id,
        campaign_id,
        adgroup_id as ad_group_id,
        ad_id,
        '' as breakdown,
        date as date_day,

        -- dimensions
        account_currency as currency,

        -- measures
        cast(spend as decimal(18, 6)) as spend_local,
        impressions,
        clicks,
        clicks as link_clicks,
        engagements,
        video_views,
        cast(complete_payments as decimal(18, 6)) as reported_conversions,
        cast(complete_payment_value as decimal(18, 6)) as reported_value_local,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
