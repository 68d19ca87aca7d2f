with

source as (

    select * from {{ source('raw', 'meta_ads__ads') }}

),

renamed as (

    select
        -- ids
        'meta_ads' as platform,
        account_id,
        ad_id,
        adset_id as ad_group_id,
        campaign_id,
        creative_id,

        -- dimensions
        name as ad_name,
        case
            when status = 'ACTIVE' then 'active'
            when status = 'PAUSED' then 'paused'
            when status = 'ARCHIVED' then 'archived'
            when status = 'DELETED' then 'deleted'
            else 'unknown'
        end as status,
        effective_status as platform_status,

        -- times
        created_time as created_at,
        updated_time as updated_at,
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
