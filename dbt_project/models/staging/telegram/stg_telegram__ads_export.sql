with

source as (

    select * from {{ source('raw', 'telegram__ads_export') }}

),

renamed as (

    select
        -- ids
        account_id,
        ad as ad_id,
        date as date_day,

        -- dimensions
        currency,

        -- measures
        cast(spend as decimal(18, 9)) as spend_local,
        views as impressions,
        clicks,
        joined,
        started_bot,
        actions,

        -- times
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
