-- What a customer was worth, and everything that changed it, is what they are worth; and a month starts where the last
-- one ended. Where a rate is missing all of it is missing.
with

chained as (

    select
        *,
        lag(date_month) over (partition by person_id order by date_month) as previous_month,
        lag(end_usd) over (partition by person_id order by date_month) as previous_end_usd
    from {{ ref('fct_mrr_movements') }}

)

select
    person_id,
    date_month,
    start_usd,
    end_usd
from chained
where
    end_usd <> start_usd + new_usd + reactivation_usd + expansion_usd + contraction_usd + churn_usd
    or (start_usd is null or end_usd is null) <> (new_usd is null)
    or case when previous_month is null then start_usd <> 0 else start_usd is distinct from previous_end_usd end
    or previous_month <> {{ periods_after('date_month', -1, 'month') }}
    or new_usd < 0
    or reactivation_usd < 0
    or expansion_usd < 0
    or contraction_usd > 0
    or churn_usd > 0
    or (rows_without_rate = 0) <> (end_usd is not null)
