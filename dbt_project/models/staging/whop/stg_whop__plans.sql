with

source as (

    select * from {{ source('raw', 'whop__plans') }}

),

renamed as (

    select
        -- ids
        plan_id,
        product_id,

        -- dimensions
        product_title,
        title,
        plan_type,
        upper(currency) as currency,
        visibility,
        purchase_url,
        account_id as source_account,

        -- measures
        initial_price,
        renewal_price,
        billing_period as billing_period_days,
        trial_period_days,

        -- times
        created_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, created_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
