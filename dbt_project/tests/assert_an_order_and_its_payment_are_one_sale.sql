-- An order stands for itself only where no payment of it does, and no payment is told of twice.
select
    'order' as told_by,
    order_id as told_id,
    count(*) as sales
from {{ ref('int_sales__unified') }}
where order_id is not null
group by 1, 2
having
    count(*) > 1
    and max(case when source = 'order' then 1 else 0 end) = 1

union all

select
    'payment' as told_by,
    payment_id as told_id,
    count(*) as sales
from {{ ref('int_sales__unified') }}
where payment_id is not null
group by 1, 2
having count(*) > 1
