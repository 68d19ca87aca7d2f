with

source as (

    select * from {{ source('raw', 'markets__prices') }}

),

renamed as (

    select
        -- ids
        symbol,

        -- dimensions
        account_id as source_account,

        -- measures
        price_usd,

        -- times
        priced_at,
        {{ object_version_columns(own_instant='priced_at', changed_at=none) }}

    from source

)

select * from renamed
