{{ newest_known(
    ref('stg_product__content'),
    keys=['content_id'],
    columns=[
        'content_id', 'kind', 'title', 'category', 'url', 'image_url', 'source_account', 'published_at',
        'updated_at', 'deleted_at', 'valid_from', 'version_at',
    ]
) }}
