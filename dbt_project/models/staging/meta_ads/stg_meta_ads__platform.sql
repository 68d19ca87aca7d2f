select
    'meta_ads' as platform,
    28 as look_back_days
