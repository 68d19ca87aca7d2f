with

source as (

    select * from {{ source('raw', 'whop__payments') }}

),

renamed as (

    select
        -- ids
        payment_id,
        membership_id,
        member_id,
        plan_id,
        product_id,
        user_id as whop_user_id,
        product_user_id as user_id,
        order_id,
        checkout_configuration_id,
        promo_code_id,

        -- dimensions
        status,
        substatus,
        upper(currency) as currency,
        billing_reason,
        payment_method_type,
        decline_code,
        failure_message,
        retryable as is_retryable,
        refundable as is_refundable,
        account_id as source_account,

        -- measures
        total,
        subtotal,
        tax_amount,
        refunded_amount,
        amount_after_fees,
        usd_total,
        payments_failed,

        -- times
        last_payment_attempt_at,
        next_payment_attempt_at,
        refunded_at,
        paid_at,
        created_at,
        updated_at,
        {{ object_version_columns(own_instant='coalesce(updated_at, created_at)', changed_at='updated_at') }}

    from source

)

select * from renamed
