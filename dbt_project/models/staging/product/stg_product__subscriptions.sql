with

source as (

    select * from {{ source('raw', 'product__subscriptions') }}

),

renamed as (

    select
        -- ids
        membership_id,
        user_id,
        plan_id,

        -- dimensions
        upper(currency) as currency,
        interval,
        status,
        cancel_reason,
        account_id as source_account,

        -- measures
        amount,

        -- times
        started_at,
        ended_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, started_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
