with

source as (

    select * from {{ source('raw', 'x_ads__campaigns') }}

),

renamed as (

    select
        -- ids
        'x_ads' as platform,
        account_id,
        id as campaign_id,

        -- dimensions
        name as campaign_name,
        case
            when deleted then 'deleted'
            when entity_status = 'ACTIVE' then 'active'
            when entity_status in ('PAUSED', 'DRAFT') then 'paused'
            else 'unknown'
        end as status,
        coalesce(effective_status, entity_status) as platform_status,
        cast(null as text) as objective,
        coalesce(currency, account_currency) as currency,

        -- measures
        {{ from_micros('daily_budget_amount_local_micro') }} as daily_budget_local,
        {{ from_micros('total_budget_amount_local_micro') }} as lifetime_budget_local,

        -- times
        created_at,
        updated_at,
        _valid_from as valid_from,
        _valid_to as valid_to

    from source

)

select * from renamed
