select
    'x_ads' as platform,
    30 as look_back_days
