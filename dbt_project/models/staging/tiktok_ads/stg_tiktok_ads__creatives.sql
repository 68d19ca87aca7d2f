with

source as (

    select * from {{ source('raw', 'tiktok_ads__creatives') }}

),

renamed as (

    select
        -- ids
        'tiktok_ads' as platform,
        account_id,
        creative_id,

        -- dimensions
        ad_name as creative_name,
        cast(null as text) as headline,
        ad_text as body,
        landing_page_url as landing_page,
        call_to_action,
        coalesce(video_id, tiktok_item_id, image_ids) as media_ref,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
