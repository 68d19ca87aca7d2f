-- Conversions after the start, taken from the goals, are those of the outcomes, and of the means times people.
with

conversions as (

    select
        people.experiment,
        conversions.goal,
        sum(conversions.conversions) as conversions,
        coalesce(sum(conversions.value_usd), 0) as value_usd
    from {{ ref('int_experiments__people') }} as people
    inner join {{ ref('fct_conversions') }} as conversions
        on people.person_id = conversions.person_id
    left join {{ ref('fct_conversions') }} as originals
        on conversions.of_conversion_id = originals.conversion_id
    where
        people.variant is not null
        and coalesce(originals.occurred_at, conversions.occurred_at) >= people.started_at
    group by 1, 2

),

outcomes as (

    select
        experiment,
        goal,
        sum(conversions) as conversions,
        sum(value_usd) as value_usd
    from {{ ref('int_experiments__outcomes') }}
    group by 1, 2

),

results as (

    select
        experiment,
        goal,
        sum(mean * people) as value_usd,
        sum(people) as people
    from {{ ref('fct_experiment_results') }}
    where measure = 'value_usd'
    group by 1, 2

)

select
    coalesce(conversions.experiment, outcomes.experiment) as experiment,
    coalesce(conversions.goal, outcomes.goal) as goal
from conversions
full outer join outcomes
    on
        conversions.experiment = outcomes.experiment
        and conversions.goal = outcomes.goal
left join results
    on
        outcomes.experiment = results.experiment
        and outcomes.goal = results.goal
where
    conversions.conversions is distinct from outcomes.conversions
    or conversions.value_usd is distinct from outcomes.value_usd
    or results.value_usd is null
    -- Means are told to nine digits.
    or abs(results.value_usd - outcomes.value_usd) > 0.000001 * (results.people + 1)
