{{ newest_known(
    ref('stg_whop__memberships'),
    keys=['membership_id'],
    columns=[
        'membership_id', 'plan_id', 'product_id', 'member_id', 'whop_user_id', 'user_id', 'promo_code_id', 'status',
        'currency', 'cancel_at_period_end', 'cancel_option', 'most_recent_action', 'source_account',
        'initial_price', 'renewal_price', 'billing_period_days', 'current_period_started_at',
        'current_period_ends_at', 'expires_at', 'canceled_at', 'most_recent_action_at', 'created_at', 'updated_at',
        'valid_from', 'version_at',
    ]
) }}
