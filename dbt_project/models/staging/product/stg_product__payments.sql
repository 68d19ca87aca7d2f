with

source as (

    select * from {{ source('raw', 'product__payments') }}

),

renamed as (

    select
        -- ids
        payment_id,
        user_id,
        order_id,
        membership_id,

        -- dimensions
        upper(currency) as currency,
        status,
        failure_reason,
        account_id as source_account,

        -- measures
        amount,
        attempt,

        -- times
        occurred_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, occurred_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
