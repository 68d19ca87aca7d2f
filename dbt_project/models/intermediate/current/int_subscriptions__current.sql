{{ newest_known(
    ref('stg_product__subscriptions'),
    keys=['membership_id', 'started_at'],
    columns=[
        'membership_id', 'user_id', 'plan_id', 'currency', 'interval', 'status', 'cancel_reason', 'source_account',
        'amount', 'started_at', 'ended_at', 'updated_at', 'valid_from', 'version_at',
    ]
) }}
