with

source as (

    select * from {{ source('raw', 'whop__disputes') }}

),

renamed as (

    select
        -- ids
        dispute_id,
        payment_id,
        plan_id,
        product_id,
        user_id as whop_user_id,
        member_id,

        -- dimensions
        status,
        reason,
        upper(currency) as currency,
        inquiry as is_inquiry,
        account_id as source_account,

        -- measures
        amount,

        -- times
        evidence_due_at,
        evidence_submitted_at,
        created_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, created_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
