{{ newest_known(
    ref('stg_experiments__assignments'),
    keys=['experiment', 'unit_id', 'variant'],
    columns=[
        'experiment', 'unit_id', 'variant', 'source_account', 'weight', 'occurred_at', 'updated_at', 'valid_from',
        'version_at',
    ]
) }}
