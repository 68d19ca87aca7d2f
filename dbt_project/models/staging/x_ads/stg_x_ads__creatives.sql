with

source as (

    select * from {{ source('raw', 'x_ads__creatives') }}

),

renamed as (

    select
        -- ids
        'x_ads' as platform,
        account_id,
        tweet_id as creative_id,

        -- dimensions
        name as creative_name,
        cast(null as text) as headline,
        full_text as body,
        cast(null as text) as landing_page,
        cast(null as text) as call_to_action,
        coalesce(card_uri, media_keys) as media_ref,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
