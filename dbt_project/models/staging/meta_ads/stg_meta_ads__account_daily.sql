with

source as (

    select * from {{ source('raw', 'meta_ads__account_daily') }}

),

renamed as (

    select
        -- ids
        'meta_ads' as platform,
        account_id,
        date as date_day,

        -- dimensions
        account_currency as currency,

        -- measures
        cast(coalesce(spend, 0) as decimal(18, 6)) as spend_local,
        coalesce(impressions, 0) as impressions,
        coalesce(clicks, 0) as clicks,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
