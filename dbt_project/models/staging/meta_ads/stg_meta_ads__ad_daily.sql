with

source as (

    select * from {{ source('raw', 'meta_ads__ad_daily') }}

),

-- Purchases overlap in several event families. One is chosen for count and value alike: the one the counts name.
families as (

    select
        *,
        {{ json_list_value('actions', 'action_type', 'omni_purchase', 'value') }} as omni_purchases,
        {{ json_list_value('actions', 'action_type', 'purchase', 'value') }} as purchases,
        {{ json_list_value('action_values', 'action_type', 'omni_purchase', 'value') }} as omni_purchase_value,
        {{ json_list_value('action_values', 'action_type', 'purchase', 'value') }} as purchase_value
    from source

),

renamed as (

    select
        -- ids
        'meta_ads' as platform,
        account_id,
        campaign_id,
        adset_id as ad_group_id,
        ad_id,
        coalesce(publisher_platform, '') as breakdown,
        date as date_day,

        -- dimensions
        account_currency as currency,

        -- measures
        cast(coalesce(spend, 0) as decimal(18, 6)) as spend_local,
        coalesce(impressions, 0) as impressions,
        coalesce(clicks, 0) as clicks,
        coalesce(inline_link_clicks, 0) as link_clicks,
        coalesce(inline_post_engagement, 0) as engagements,
        cast(null as bigint) as video_views,
        cast(coalesce(omni_purchases, purchases, '0') as decimal(18, 6)) as reported_conversions,
        cast(
            case
                when omni_purchases is not null then coalesce(omni_purchase_value, '0')
                when purchases is not null then coalesce(purchase_value, '0')
                else coalesce(omni_purchase_value, purchase_value, '0')
            end as decimal(18, 6)
        ) as reported_value_local,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from families

)

select * from renamed
