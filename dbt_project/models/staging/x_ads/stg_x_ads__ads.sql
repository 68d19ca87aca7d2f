with

source as (

    select * from {{ source('raw', 'x_ads__ads') }}

),

renamed as (

    select
        -- ids
        'x_ads' as platform,
        account_id,
        id as ad_id,
        line_item_id as ad_group_id,
        cast(null as text) as campaign_id,
        tweet_id as creative_id,

        -- dimensions
        cast(null as text) as ad_name,
        case
            when deleted then 'deleted'
            when entity_status = 'ACTIVE' then 'active'
            when entity_status in ('PAUSED', 'DRAFT') then 'paused'
            else 'unknown'
        end as status,
        approval_status as platform_status,

        -- times
        created_at,
        updated_at,
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
