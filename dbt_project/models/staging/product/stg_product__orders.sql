with

source as (

    select * from {{ source('raw', 'product__orders') }}

),

renamed as (

    select
        -- ids
        order_id,
        user_id,

        -- dimensions
        upper(currency) as currency,
        status,
        items,
        account_id as source_account,

        -- measures
        amount,

        -- times
        occurred_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, occurred_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
