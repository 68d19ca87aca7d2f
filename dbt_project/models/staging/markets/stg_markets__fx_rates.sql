with

source as (

    select * from {{ source('raw', 'markets__fx_rates') }}

),

renamed as (

    select
        -- ids
        currency,
        date as date_day,

        -- measures
        -- From the text that was landed: nine decimals would leave a currency like VND five digits.
        coalesce(
            cast(cast(payload as json) ->> 'usd_per_unit' as decimal(20, 12)), cast(usd_per_unit as decimal(20, 12))
        ) as usd_per_unit,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
