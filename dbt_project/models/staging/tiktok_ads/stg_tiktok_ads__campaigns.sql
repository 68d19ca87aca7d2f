with

source as (

    select * from {{ source('raw', 'tiktok_ads__campaigns') }}

),

renamed as (

    select
        -- ids
        'tiktok_ads' as platform,
        account_id,
        campaign_id,

        -- dimensions
        campaign_name,
        case
            when secondary_status like '%DELETE%' then 'deleted'
            when operation_status = 'ENABLE' then 'active'
            when operation_status = 'DISABLE' then 'paused'
            else 'unknown'
        end as status,
        secondary_status as platform_status,
        objective_type as objective,
        account_currency as currency,

        -- measures
        case
            when budget_mode in ('BUDGET_MODE_DAY', 'BUDGET_MODE_DYNAMIC_DAILY_BUDGET')
                then cast(budget as decimal(18, 6))
        end as daily_budget_local,
        case when budget_mode = 'BUDGET_MODE_TOTAL' then cast(budget as decimal(18, 6)) end as lifetime_budget_local,

        -- times
        {{ instant_from_utc_text('created_at_utc') }} as created_at,
        {{ instant_from_utc_text('modified_at_utc') }} as updated_at,
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
