with

source as (

    select * from {{ source('raw', 'meta_ads__ad_groups') }}

),

-- A constant of the platform, not another party: how much one of its budget units is worth in the account's currency.
with_units as (

    select
        source.*,
        units.major_per_minor_unit
    from source
    left join {{ ref('currency_minor_units') }} as units
        on source.account_currency = units.currency

),

renamed as (

    select
        -- ids
        'meta_ads' as platform,
        account_id,
        adset_id as ad_group_id,
        campaign_id,

        -- dimensions
        name as ad_group_name,
        case
            when status = 'ACTIVE' then 'active'
            when status = 'PAUSED' then 'paused'
            when status = 'ARCHIVED' then 'archived'
            when status = 'DELETED' then 'deleted'
            else 'unknown'
        end as status,
        effective_status as platform_status,
        account_currency as currency,

        -- measures
        {{ from_minor_units('daily_budget', 'major_per_minor_unit') }} as daily_budget_local,
        {{ from_minor_units('lifetime_budget', 'major_per_minor_unit') }} as lifetime_budget_local,

        -- times
        created_time as created_at,
        updated_time as updated_at,
        _valid_from as valid_from,
        _valid_to as valid_to

    from with_units

)

select * from renamed
