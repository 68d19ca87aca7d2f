{{ newest_known(
    ref('stg_product__payments'),
    keys=['payment_id'],
    columns=[
        'payment_id', 'user_id', 'order_id', 'membership_id', 'currency', 'status', 'failure_reason',
        'source_account', 'amount', 'attempt', 'occurred_at', 'updated_at', 'valid_from', 'version_at',
    ]
) }}
