{{ config(materialized='table', post_hook='{{ analyzed() }}') }}
-- depends_on: {{ ref('int_funnel_attempts__reached') }}
{%- set placed = most_of(funnels(['ordered', 'strict']), 'steps', least=2) -%}
{%- set by_touch = ['channel', 'platform', 'campaign'] -%}
{%- set asking = funnels_by_breakdown(by_touch + ['country', 'plan', 'variant']) %}

with

counted as (

    select
        funnel,
        person_id,
        level,
        is_open,
        {% for place in range(2, placed + 1) -%}
        at_{{ place }},
        {% endfor -%}
        entered_at
    from {{ ref('int_funnel_attempts__reached') }}
    where is_counted

),

-- The newest arrival at or before the entry.
touches as (

    select
        person_id,
        occurred_at,
        channel,
        platform,
        coalesce(platform || ':' || campaign_id, utm_campaign) as campaign,
        row_number() over (
            partition by person_id
            order by
                occurred_at asc, case when touch_kind = 'click' then 1 else 0 end asc, {{ by_bytes('touch_id') }} desc
        ) as n
    from {{ ref('dim_touches') }}
    where is_attributable

),

timeline as (

    select
        person_id,
        occurred_at,
        0 as is_entry,
        n
    from touches

    union all

    select distinct
        person_id,
        entered_at as occurred_at,
        1 as is_entry,
        cast(null as bigint) as n
    from counted
    where {{ is_one_of('funnel', asking.values() | sum(start=[]) | unique(attribute='name') | list) }}

),

arrivals as (

    select
        person_id,
        occurred_at as entered_at,
        is_entry,
        max(n) over (
            partition by person_id
            order by occurred_at asc, is_entry asc
            rows between unbounded preceding and current row
        ) as n
    from timeline

),

arrived as (

    select
        arrivals.person_id,
        arrivals.entered_at,
        touches.channel,
        touches.platform,
        touches.campaign
    from arrivals
    inner join touches
        on
            arrivals.person_id = touches.person_id
            and arrivals.n = touches.n
    where arrivals.is_entry = 1

),

plans as (

    select
        counted.funnel,
        counted.person_id,
        periods.plan_id,
        row_number() over (
            partition by counted.funnel, counted.person_id
            order by periods.started_at desc, {{ by_bytes('periods.membership_id') }} asc
        ) as recency
    from counted
    inner join {{ ref('int_subscription_periods__unified') }} as periods
        on
            counted.person_id = periods.person_id
            and counted.entered_at >= periods.started_at
            and (periods.ended_at is null or counted.entered_at < periods.ended_at)
    where {{ is_one_of('counted.funnel', asking.plan) }}

),

variants as (

    select
        counted.funnel,
        counted.person_id,
        assignments.experiment || ': ' || assignments.variant as variant,
        row_number() over (
            partition by counted.funnel, counted.person_id
            order by
                assignments.occurred_at desc, {{ by_bytes('assignments.experiment') }} asc,
                {{ by_bytes('assignments.variant') }} asc
        ) as recency
    from counted
    inner join {{ ref('int_people__stitched') }} as identities on counted.person_id = identities.person_id
    inner join {{ ref('int_assignments__current') }} as assignments
        on
            identities.identity_id = assignments.unit_id
            and counted.entered_at >= assignments.occurred_at
    where {{ is_one_of('counted.funnel', asking.variant) }}

),

broken_down as (

    select
        counted.*,
        'all' as breakdown,
        'all' as breakdown_value
    from counted
    {% for breakdown in by_touch %}
    union all

    select
        counted.*,
        '{{ breakdown }}' as breakdown,
        arrived.{{ breakdown }} as breakdown_value
    from counted
    left join arrived
        on
            counted.person_id = arrived.person_id
            and counted.entered_at = arrived.entered_at
    where {{ is_one_of('counted.funnel', asking[breakdown]) }}
    {% endfor %}
    union all

    select
        counted.*,
        'country' as breakdown,
        people.country as breakdown_value
    from counted
    left join {{ ref('dim_people') }} as people on counted.person_id = people.person_id
    where {{ is_one_of('counted.funnel', asking.country) }}

    union all

    select
        counted.*,
        'plan' as breakdown,
        plans.plan_id as breakdown_value
    from counted
    left join plans
        on
            counted.funnel = plans.funnel
            and counted.person_id = plans.person_id
            and plans.recency = 1
    where {{ is_one_of('counted.funnel', asking.plan) }}

    union all

    select
        counted.*,
        'variant' as breakdown,
        variants.variant as breakdown_value
    from counted
    left join variants
        on
            counted.funnel = variants.funnel
            and counted.person_id = variants.person_id
            and variants.recency = 1
    where {{ is_one_of('counted.funnel', asking.variant) }}

)

select
    funnel,
    breakdown,
    breakdown_value,
    person_id,
    level,
    is_open,
    {% for place in range(2, placed + 1) -%}
    at_{{ place }},
    {% endfor -%}
    entered_at
from broken_down
