{{ newest_known(
    ref('stg_messaging__sends'),
    keys=['message_id'],
    columns=[
        'message_id', 'user_id', 'message_type', 'channel', 'playbook', 'step', 'variant', 'outcome',
        'source_account', 'occurred_at', 'updated_at', 'valid_from', 'version_at',
    ]
) }}
