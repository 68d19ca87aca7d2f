{{ config(materialized='table') }}

with

amounts as (

    select
        person_id,
        occurred_at,
        amount_usd,
        1 as sales
    from {{ ref('int_sales__unified') }}

    union all

    select
        person_id,
        occurred_at,
        -amount_usd as amount_usd,
        0 as sales
    from {{ ref('int_refunds__unified') }}
    where sale_id is not null

),

aged as (

    select
        people.person_id,
        {{ local_date('amounts.occurred_at', 'people.account_timezone') }} - people.acquired_day as age_days,
        amounts.amount_usd,
        amounts.sales
    from amounts
    inner join {{ ref('int_people__acquired') }} as people
        on amounts.person_id = people.person_id

)

-- What somebody bought before the first arrival that is known was not brought about by it.
select
    person_id,
    cast(age_days as bigint) as age_days,
    cast(sum(amount_usd) as decimal(38, 6)) as value_usd,
    cast(sum(case when amount_usd is null then 1 else 0 end) as bigint) as rows_without_rate,
    cast(sum(sales) as bigint) as sales
from aged
where age_days >= 0
group by 1, 2
