-- What is sold less what is given back is the value of every goal that counts sales, per currency.
with

told as (

    select
        currency,
        sum(amount_local) as amount_local,
        sum(sales) as sales
    from (
        select
            currency,
            amount_local,
            1 as sales
        from {{ ref('int_sales__unified') }}
        union all
        select
            currency,
            -amount_local as amount_local,
            case when is_full then -1 else 0 end as sales
        from {{ ref('int_refunds__unified') }}
        where sale_id is not null
    ) as amounts
    group by 1

),

goals as (

    select goal from {{ ref('int_goals__policies') }}
    where entity = 'sales'

),

expected as (

    select
        goals.goal,
        told.*
    from goals
    cross join told

),

counted as (

    select
        conversions.goal,
        conversions.currency,
        sum(conversions.value_local) as value_local,
        sum(conversions.conversions) as conversions
    from {{ ref('fct_conversions') }} as conversions
    inner join goals
        on conversions.goal = goals.goal
    group by 1, 2

)

select
    coalesce(expected.goal, counted.goal) as goal,
    coalesce(expected.currency, counted.currency) as currency,
    expected.amount_local,
    counted.value_local
from expected
full outer join counted
    on
        expected.goal = counted.goal
        and expected.currency = counted.currency
where
    expected.amount_local is distinct from counted.value_local
    or expected.sales is distinct from counted.conversions
