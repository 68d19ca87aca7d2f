{{ newest_known(
    ref('stg_outreach__leads'),
    keys=['lead_id'],
    columns=[
        'lead_id', 'platform', 'handle', 'source', 'lawful_basis', 'topic', 'language', 'country', 'source_account',
        'followers', 'engagement_rate', 'captured_at', 'updated_at', 'valid_from', 'version_at',
    ]
) }}
