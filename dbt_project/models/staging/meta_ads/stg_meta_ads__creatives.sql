with

source as (

    select * from {{ source('raw', 'meta_ads__creatives') }}

),

renamed as (

    select
        -- ids
        'meta_ads' as platform,
        account_id,
        creative_id,

        -- dimensions
        name as creative_name,
        title as headline,
        body,
        link_url as landing_page,
        call_to_action_type as call_to_action,
        image_hash as media_ref,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
