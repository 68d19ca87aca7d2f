-- One funnel, one attribution and one retention, as somebody would write them by hand for one question each.
create temp table events as
select
    coalesce(user_id, anonymous_id) as person,
    event_type,
    occurred_at,
    _day as day
from read_parquet(getvariable('lake') || '/raw/product/events/*/*.parquet');

create temp table funnel as
with first_steps as (
    select person, min(occurred_at) as viewed_at from events where event_type = 'product_view' group by 1
),
second_steps as (
    select f.person, f.viewed_at, min(e.occurred_at) as carted_at
    from first_steps as f
    left join events as e
        on
            e.person = f.person and e.event_type = 'product_add_to_cart'
            and e.occurred_at between f.viewed_at and f.viewed_at + interval 14 day
    group by 1, 2
)
select s.person, s.viewed_at, s.carted_at, min(e.occurred_at) as paid_at
from second_steps as s
left join events as e
    on
        e.person = s.person and e.event_type = 'purchase_complete'
        and e.occurred_at between s.carted_at and s.viewed_at + interval 14 day
group by 1, 2, 3;

create temp table attribution as
with touches as (
    select
        coalesce(user_id, anonymous_id) as person,
        occurred_at,
        platform,
        campaign_id
    from read_parquet(getvariable('lake') || '/raw/product/touches/*/*.parquet')
),
orders as (
    select order_id, user_id as person, occurred_at, amount
    from read_parquet(getvariable('lake') || '/raw/product/orders/*.parquet')
)
select o.order_id, t.platform, t.campaign_id, o.amount / count(*) over (partition by o.order_id) as credit
from orders as o
left join touches as t
    on t.person = o.person and t.occurred_at between o.occurred_at - interval 7 day and o.occurred_at;

create temp table retention as
with readings as (
    select distinct person, date_trunc('week', day) as week from events where event_type = 'article_read_complete'
),
cohorts as (
    select person, min(week) as cohort from readings group by 1
)
select c.cohort, (r.week - c.cohort) as after, count(*) as people
from cohorts as c
inner join readings as r using (person)
group by 1, 2;
