with

source as (

    select * from {{ source('raw', 'tiktok_ads__ads') }}

),

renamed as (

    select
        -- ids
        'tiktok_ads' as platform,
        account_id,
        ad_id,
        adgroup_id as ad_group_id,
        campaign_id,
        creative_id,

        -- dimensions
        ad_name,
        case
            when secondary_status like '%DELETE%' then 'deleted'
            when operation_status = 'ENABLE' then 'active'
            when operation_status = 'DISABLE' then 'paused'
            else 'unknown'
        end as status,
        secondary_status as platform_status,

        -- times
        {{ instant_from_utc_text('created_at_utc') }} as created_at,
        {{ instant_from_utc_text('modified_at_utc') }} as updated_at,
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
