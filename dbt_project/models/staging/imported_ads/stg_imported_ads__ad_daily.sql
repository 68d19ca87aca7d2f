with

source as (

    select * from {{ source('raw', 'imported_ads__ad_daily') }}

),

renamed as (

    select
        -- ids
        platform,
        account_id,
        campaign_id,
        nullif(ad_group_id, '') as ad_group_id,
        coalesce(
            nullif(ad_id, ''), 'ad_group:' || nullif(ad_group_id, ''), 'campaign:' || campaign_id
        ) as ad_id,
        coalesce(creative_id, '') as breakdown,
        date as date_day,

        -- dimensions
        campaign_name,
        currency,

        -- measures
        cast(spend as decimal(18, 6)) as spend_local,
        impressions,
        clicks,
        cast(null as bigint) as link_clicks,
        cast(null as bigint) as engagements,
        cast(null as bigint) as video_views,
        cast(reported_conversions as decimal(18, 6)) as reported_conversions,
        cast(reported_value as decimal(18, 6)) as reported_value_local,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
