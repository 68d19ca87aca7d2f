{{ newest_known(
    ref('stg_whop__disputes'),
    keys=['dispute_id'],
    columns=[
        'dispute_id', 'payment_id', 'plan_id', 'product_id', 'whop_user_id', 'member_id', 'status', 'reason',
        'currency', 'is_inquiry', 'source_account', 'amount', 'evidence_due_at', 'evidence_submitted_at',
        'created_at', 'updated_at', 'valid_from', 'version_at',
    ]
) }}
