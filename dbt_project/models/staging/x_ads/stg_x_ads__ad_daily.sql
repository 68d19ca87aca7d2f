with

source as (

    select * from {{ source('raw', 'x_ads__ad_daily') }}

),

-- X says null for all zeros, and names every metric it was asked for: a name that is absent was not read.
asked as (

    select
        *,
        payload like '%"conversion_purchases"%' as was_asked_for_claims
    from source

),

renamed as (

    select
        -- ids
        'x_ads' as platform,
        account_id,
        cast(null as text) as campaign_id,
        cast(null as text) as ad_group_id,
        id as ad_id,
        placement as breakdown,
        date as date_day,

        -- dimensions
        account_currency as currency,

        -- measures
        {{ from_micros('coalesce(billed_charge_local_micro, 0)') }} as spend_local,
        coalesce(impressions, 0) as impressions,
        coalesce(clicks, 0) as clicks,
        coalesce(url_clicks, 0) as link_clicks,
        coalesce(engagements, 0) as engagements,
        coalesce(video_total_views, 0) as video_views,
        cast(
            case when was_asked_for_claims then coalesce(conversion_purchases, 0) end as decimal(18, 6)
        ) as reported_conversions,
        {{
            from_micros(
                'case when was_asked_for_claims then coalesce(conversion_purchases_sale_amount_local_micro, 0) end'
            )
        }} as reported_value_local,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from asked

)

select * from renamed
