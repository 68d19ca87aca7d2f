{{ config(materialized='table') }}

{%- set most_variants = 20 -%}

with

counted as (

    select
        experiment,
        variant,
        count(assigned_at) as assigned,
        count(exposed_at) as exposed,
        avg(cast(weight as double precision)) as weight
    from {{ ref('int_experiments__units') }}
    group by 1, 2

),

people as (

    select
        experiment,
        variant,
        count(case when whole_days >= 0 then 1 end) as people
    from {{ ref('int_experiments__people') }}
    where variant is not null
    group by 1, 2

),

crossed as (

    select
        experiment,
        count(*) as crossed_people
    from {{ ref('int_experiments__people') }}
    where is_crossed
    group by 1

),

-- Chances are relative to each other; where one of them is not told, all variants are taken for equal.
expected as (

    select
        counted.*,
        case
            when count(weight) over same_test = count(*) over same_test and min(weight) over same_test > 0
                then weight / sum(weight) over same_test
            else cast(1 as double precision) / count(*) over same_test
        end as expected_share,
        sum(assigned) over same_test as all_assigned,
        sum(exposed) over same_test as all_exposed,
        count(*) over same_test as variants,
        -- Held against: the variant called control, else the first by name.
        row_number() over (
            partition by experiment
            order by case when lower(variant) = 'control' then 0 else 1 end, {{ by_bytes('variant') }}
        ) = 1 as is_control
    from counted
    window same_test as (partition by experiment)

),

strayed as (

    select
        experiment,
        {% for unit in ['assigned', 'exposed'] -%}
        sum(
            ({{ unit }} - all_{{ unit }} * expected_share) * ({{ unit }} - all_{{ unit }} * expected_share)
            / nullif(all_{{ unit }} * expected_share, 0)
        ) as {{ unit }}_chi_squared,
        {% endfor -%}
        max(variants) as variants
    from expected
    group by 1

),

rooted as (

    select
        strayed.*,
        variants - 1 as degrees,
        sqrt(assigned_chi_squared) as assigned_root,
        sqrt(exposed_chi_squared) as exposed_root
    from strayed

),

judged as (

    select
        {% for unit in ['assigned', 'exposed'] -%}
        case
            when degrees between 1 and {{ most_variants - 1 }}
                then {{ chi_squared_tail(unit ~ '_chi_squared', unit ~ '_root', 'degrees', most_variants - 1) }}
        end as {{ unit }}_p_value,
        {% endfor -%}
        experiment
    from rooted

)

select
    -- ids
    expected.experiment,
    expected.variant,

    -- dimensions
    expected.is_control,
    coalesce(judged.assigned_p_value < 0.001, false) or coalesce(judged.exposed_p_value < 0.001, false)
        as has_sample_ratio_alarm,

    -- measures
    expected.assigned,
    expected.exposed,
    coalesce(people.people, 0) as people,
    coalesce(crossed.crossed_people, 0) as crossed_people,
    expected.expected_share,
    judged.assigned_p_value,
    judged.exposed_p_value
from expected
left join people
    on
        expected.experiment = people.experiment
        and expected.variant = people.variant
left join crossed
    on expected.experiment = crossed.experiment
left join judged
    on expected.experiment = judged.experiment
