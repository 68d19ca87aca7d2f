-- A day that is not over has no value yet, and one that is over has one, unless a rate is missing.
select
    level,
    channel,
    acquired_day,
    day_number
from {{ ref('fct_roas_curve') }}
where
    (not is_ripe and (value_usd is not null or roas is not null))
    or (is_ripe and rows_without_rate = 0 and value_usd is null)
    or (is_ripe and rows_without_rate > 0 and value_usd is not null)
