-- Markov and Shapley share out all conversions, and all refunds, per goal and currency, in number and in money.
with

told as (

    select
        goal,
        coalesce(currency, '') as currency,
        sum(case when kind = 'conversion' then conversions else 0 end) as conversions,
        sum(case when kind = 'refund' then conversions else 0 end) as refunded_conversions,
        coalesce(sum(case when kind = 'conversion' then value_local end), 0) as value_local,
        coalesce(sum(case when kind = 'refund' then value_local end), 0) as refunded_value_local
    from {{ ref('fct_conversions') }}
    group by 1, 2

),

credited as (

    select
        goal,
        coalesce(currency, '') as currency,
        model,
        sum(conversions) as conversions,
        sum(refunded_conversions) as refunded_conversions,
        coalesce(sum(value_local), 0) as value_local,
        coalesce(sum(refunded_value_local), 0) as refunded_value_local
    from {{ ref('fct_channel_credit') }}
    group by 1, 2, 3

)

select
    coalesce(told.goal, credited.goal) as goal,
    coalesce(told.currency, credited.currency) as currency,
    credited.model,
    told.conversions,
    credited.conversions as credited_conversions
from told
full outer join credited
    on
        told.goal = credited.goal
        and told.currency = credited.currency
where
    told.conversions is distinct from credited.conversions
    or told.refunded_conversions is distinct from credited.refunded_conversions
    or told.value_local is distinct from credited.value_local
    or told.refunded_value_local is distinct from credited.refunded_value_local
