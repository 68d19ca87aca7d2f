with

source as (

    select * from {{ source('raw', 'telegram__ads_export') }}

),

renamed as (

    select
        -- ids
        'telegram' as platform,
        account_id,
        cast(null as text) as campaign_id,
        cast(null as text) as ad_group_id,
        ad as ad_id,
        '' as breakdown,
        date as date_day,

        -- dimensions
        currency,

        -- measures
        cast(spend as decimal(18, 6)) as spend_local,
        views as impressions,
        clicks,
        cast(null as bigint) as link_clicks,
        cast(null as bigint) as engagements,
        cast(null as bigint) as video_views,
        cast(null as decimal(18, 6)) as reported_conversions,
        cast(null as decimal(18, 6)) as reported_value_local,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
