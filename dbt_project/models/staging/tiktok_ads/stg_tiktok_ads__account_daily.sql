with

source as (

    select * from {{ source('raw', 'tiktok_ads__account_daily') }}

),

renamed as (

    select
        -- ids
        'tiktok_ads' as platform,
        account_id,
        date as date_day,

        -- dimensions
        account_currency as currency,

        -- measures
        cast(spend as decimal(18, 6)) as spend_local,
        impressions,
        clicks,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
