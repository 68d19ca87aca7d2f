{{ newest_known(
    ref('stg_product__refunds'),
    keys=['refund_id'],
    columns=[
        'refund_id', 'payment_id', 'order_id', 'currency', 'reason', 'source_account', 'amount', 'occurred_at',
        'updated_at', 'valid_from', 'version_at',
    ]
) }}
