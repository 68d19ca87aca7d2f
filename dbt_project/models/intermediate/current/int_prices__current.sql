{{ newest_known(
    ref('stg_markets__prices'),
    keys=['symbol', 'priced_at'],
    columns=[
        'symbol', 'source_account', 'price_usd', 'priced_at', 'valid_from', 'version_at',
    ]
) }}
