with

source as (

    select * from {{ source('raw', 'x_ads__accounts') }}

),

renamed as (

    select
        -- ids
        'x_ads' as platform,
        account_id,

        -- dimensions
        name as account_name,
        account_currency as currency,
        account_timezone,
        approval_status as platform_status,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
