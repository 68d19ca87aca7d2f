-- However many refunds a sale has, its conversion counts 1, or 0 once all of it was given back; each refund has one.
select
    coalesce(of_conversion_id, conversion_id) as conversion_id,
    sum(conversions) as conversions
from {{ ref('fct_conversions') }}
group by 1
having
    sum(conversions) not in (0, 1)
    or sum(case when kind = 'conversion' then 1 else 0 end) <> 1
