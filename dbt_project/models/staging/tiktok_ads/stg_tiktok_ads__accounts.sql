with

source as (

    select * from {{ source('raw', 'tiktok_ads__accounts') }}

),

renamed as (

    select
        -- ids
        'tiktok_ads' as platform,
        account_id,

        -- dimensions
        name as account_name,
        currency,
        account_timezone,
        status as platform_status,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
