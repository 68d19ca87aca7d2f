{{ newest_known(
    ref('stg_whop__payments'),
    keys=['payment_id'],
    columns=[
        'payment_id', 'membership_id', 'member_id', 'plan_id', 'product_id', 'whop_user_id', 'user_id', 'order_id',
        'checkout_configuration_id', 'promo_code_id', 'status', 'substatus', 'currency', 'billing_reason',
        'payment_method_type', 'decline_code', 'failure_message', 'is_retryable', 'is_refundable', 'source_account',
        'total', 'subtotal', 'tax_amount', 'refunded_amount', 'amount_after_fees', 'usd_total', 'payments_failed',
        'last_payment_attempt_at', 'next_payment_attempt_at', 'refunded_at', 'paid_at', 'created_at', 'updated_at',
        'valid_from', 'version_at',
    ]
) }}
