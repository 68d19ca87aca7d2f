with

source as (

    select * from {{ source('raw', 'predictions__lifetime_values') }}

),

renamed as (

    select
        -- ids
        user_id,
        horizon_days,

        -- measures
        alive,
        purchase_usd,
        expected_purchases,
        expected_usd,
        low_usd,
        high_usd,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
