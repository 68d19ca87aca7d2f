{{ newest_known(
    ref('stg_whop__members'),
    keys=['member_id'],
    columns=[
        'member_id', 'whop_user_id', 'status', 'access_level', 'most_recent_action', 'source_account',
        'usd_total_spent', 'most_recent_action_at', 'joined_at', 'created_at', 'valid_from', 'version_at',
    ]
) }}
