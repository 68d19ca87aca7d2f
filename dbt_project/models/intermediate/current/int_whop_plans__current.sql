{{ newest_known(
    ref('stg_whop__plans'),
    keys=['plan_id'],
    columns=[
        'plan_id', 'product_id', 'product_title', 'title', 'plan_type', 'currency', 'visibility', 'purchase_url',
        'source_account', 'initial_price', 'renewal_price', 'billing_period_days', 'trial_period_days',
        'created_at', 'updated_at', 'valid_from', 'version_at',
    ]
) }}
