with

source as (

    select * from {{ source('raw', 'whop__memberships') }}

),

renamed as (

    select
        -- ids
        membership_id,
        plan_id,
        product_id,
        member_id,
        user_id as whop_user_id,
        product_user_id as user_id,
        promo_code_id,

        -- dimensions
        status,
        upper(currency) as currency,
        cancel_at_period_end,
        cancel_option,
        most_recent_action,
        account_id as source_account,

        -- measures
        initial_price,
        renewal_price,
        billing_period_days,

        -- times
        current_period_start as current_period_started_at,
        current_period_end as current_period_ends_at,
        expires_at,
        canceled_at,
        most_recent_action_at,
        created_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, created_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
