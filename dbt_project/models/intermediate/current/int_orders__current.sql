{{ newest_known(
    ref('stg_product__orders'),
    keys=['order_id'],
    columns=[
        'order_id', 'user_id', 'currency', 'status', 'items', 'source_account', 'amount', 'occurred_at',
        'updated_at', 'valid_from', 'version_at',
    ]
) }}
