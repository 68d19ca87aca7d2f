-- In every model, per goal and currency: what touches are credited with and what is unattributed are together all
-- conversions less refunds, in number and in money, to the last digit.

with

told as (

    select
        goal,
        coalesce(currency, '') as currency,
        sum(conversions) as conversions,
        coalesce(sum(value_local), 0) as value_local,
        coalesce(sum(value_usd), 0) as value_usd
    from {{ ref('fct_conversions') }}
    group by 1, 2

),

credited as (

    select
        goal,
        coalesce(currency, '') as currency,
        model,
        sum(conversions) as conversions,
        coalesce(sum(value_local), 0) as value_local,
        coalesce(sum(value_usd), 0) as value_usd
    from {{ ref('fct_touch_credit') }}
    group by 1, 2, 3

)

select
    coalesce(told.goal, credited.goal) as goal,
    coalesce(told.currency, credited.currency) as currency,
    credited.model,
    told.value_local,
    credited.value_local as credited_value_local
from told
full outer join credited
    on
        told.goal = credited.goal
        and told.currency = credited.currency
where
    told.conversions is distinct from credited.conversions
    or told.value_local is distinct from credited.value_local
    or told.value_usd is distinct from credited.value_usd
