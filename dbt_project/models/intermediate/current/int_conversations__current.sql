{{ newest_known(
    ref('stg_outreach__conversations'),
    keys=['message_id'],
    columns=[
        'message_id', 'lead_id', 'direction', 'text', 'source_account', 'occurred_at', 'updated_at', 'valid_from',
        'version_at',
    ]
) }}
