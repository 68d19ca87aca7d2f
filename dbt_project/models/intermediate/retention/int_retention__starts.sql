{{ config(materialized='table') }}

-- depends_on: {{ ref('int_events__identified') }}
-- `first_ever` looks at all of a person's history and only then at the range; the others look inside the range alone.
{%- for retention in definitions('retention') %}
{%- set zone = text_literal(retention.timezone) %}
{%- set first_of_all = retention.cohort == 'first_ever' %}
select
    {{ text_literal(retention.name) }} as definition,
    {{ period_start('min(placed.local_day)', retention.period, retention.week_start) }} as cohort_period,
    placed.person_id,
    min(placed.occurred_at) as started_at
from (
    select
        started.person_id,
        started.occurred_at,
        {{ local_date('started.occurred_at', zone) }} as local_day
    from (
        select
            person_id,
            {{ 'min(occurred_at)' if first_of_all else 'occurred_at' }} as occurred_at
        from {{ ref('int_events__identified') }}
        where {{ event_matches(retention.start.event, retention.start.where) }}
        {{ 'group by person_id' if first_of_all }}
    ) as started
) as placed
where {{ falls_in_range('placed.local_day', retention.range) }}
group by
    placed.person_id
    {{- ', ' ~ period_start('placed.local_day', retention.period, retention.week_start) if retention.cohort == 'recurring' }}
{{ 'union all' if not loop.last }}
{%- else %}
select
    cast(null as text) as definition,
    cast(null as date) as cohort_period,
    cast(null as text) as person_id,
    cast(null as timestamptz) as started_at
where false
{%- endfor %}
