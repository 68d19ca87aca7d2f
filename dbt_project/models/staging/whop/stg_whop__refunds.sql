with

source as (

    select * from {{ source('raw', 'whop__refunds') }}

),

renamed as (

    select
        -- ids
        refund_id,
        payment_id,

        -- dimensions
        status,
        upper(currency) as currency,
        reason,
        provider,
        account_id as source_account,

        -- measures
        amount,
        original_amount,

        -- times
        created_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, created_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
