{{ newest_known(
    ref('stg_whop__refunds'),
    keys=['refund_id'],
    columns=[
        'refund_id', 'payment_id', 'status', 'currency', 'reason', 'provider', 'source_account', 'amount',
        'original_amount', 'created_at', 'updated_at', 'valid_from', 'version_at',
    ]
) }}
