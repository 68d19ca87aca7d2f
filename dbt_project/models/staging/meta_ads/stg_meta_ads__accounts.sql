with

source as (

    select * from {{ source('raw', 'meta_ads__accounts') }}

),

renamed as (

    select
        -- ids
        'meta_ads' as platform,
        account_id,

        -- dimensions
        name as account_name,
        currency,
        timezone_name as account_timezone,
        cast(account_status as text) as platform_status,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
