{{ config(materialized='table') }}

{#- What a person is known by: dim_people's column. -#}
{%- set traits = {
    'channel': 'acquisition_channel',
    'platform': 'acquisition_platform',
    'campaign': 'acquisition_campaign_id',
    'country': 'country',
} -%}

with

starts as (

    select * from {{ ref('int_retention__starts') }}

),

-- The plan that covered the start, of several the one begun last; the variant drawn last before it.
plans as (

    select
        starts.definition,
        starts.cohort_period,
        starts.person_id,
        periods.plan_id,
        row_number() over (
            partition by starts.definition, starts.cohort_period, starts.person_id
            order by periods.started_at desc, {{ by_bytes('periods.membership_id') }} desc
        ) as nth
    from starts
    inner join {{ ref('int_subscription_periods__unified') }} as periods
        on
            starts.person_id = periods.person_id
            and starts.started_at >= periods.started_at
            and (periods.ended_at is null or starts.started_at < periods.ended_at)
    where starts.definition in ({{ sliced_by('plan') }})

),

variants as (

    select
        starts.definition,
        starts.cohort_period,
        starts.person_id,
        drawn.experiment || ': ' || drawn.variant as variant,
        row_number() over (
            partition by starts.definition, starts.cohort_period, starts.person_id
            order by
                drawn.occurred_at desc, {{ by_bytes('drawn.experiment') }} asc, {{ by_bytes('drawn.variant') }} asc
        ) as nth
    from starts
    inner join {{ ref('int_people__stitched') }} as people
        on starts.person_id = people.person_id
    inner join {{ ref('int_assignments__current') }} as drawn
        on
            people.identity_id = drawn.unit_id
            and starts.started_at >= drawn.occurred_at
    where starts.definition in ({{ sliced_by('variant') }})

),

sliced as (

    {% for breakdown, column in traits.items() -%}
    select
        starts.definition,
        starts.cohort_period,
        starts.person_id,
        '{{ breakdown }}' as breakdown,
        people.{{ column }} as breakdown_value
    from starts
    left join {{ ref('dim_people') }} as people
        on starts.person_id = people.person_id
    where starts.definition in ({{ sliced_by(breakdown) }})

    union all

    {% endfor -%}
    select
        starts.definition,
        starts.cohort_period,
        starts.person_id,
        'plan' as breakdown,
        plans.plan_id as breakdown_value
    from starts
    left join plans
        on
            starts.definition = plans.definition
            and starts.cohort_period = plans.cohort_period
            and starts.person_id = plans.person_id
            and plans.nth = 1
    where starts.definition in ({{ sliced_by('plan') }})

    union all

    select
        starts.definition,
        starts.cohort_period,
        starts.person_id,
        'variant' as breakdown,
        variants.variant as breakdown_value
    from starts
    left join variants
        on
            starts.definition = variants.definition
            and starts.cohort_period = variants.cohort_period
            and starts.person_id = variants.person_id
            and variants.nth = 1
    where starts.definition in ({{ sliced_by('variant') }})

)

select
    definition,
    cohort_period,
    person_id,
    breakdown,
    coalesce(breakdown_value, 'unknown') as breakdown_value
from sliced
