-- Who ever did the start event of a definition without a range is in a cohort, and in one where only the first counts.
-- depends_on: {{ ref('int_events__identified') }}
{%- for retention in definitions('retention') %}
(
    with

    started as (

        select distinct person_id from {{ ref('int_events__identified') }}
        where {{ event_matches(retention.start.event, retention.start.where) }}

    ),

    members as (

        select
            person_id,
            count(*) as cohorts
        from {{ ref('int_retention__starts') }}
        where definition = {{ text_literal(retention.name) }}
        group by 1

    )

    select
        {{ text_literal(retention.name) }} as definition,
        coalesce(started.person_id, members.person_id) as person_id,
        members.cohorts
    from started
    full outer join members
        on started.person_id = members.person_id
    where
        started.person_id is null
        {{- ' or members.cohorts > 1' if retention.cohort != 'recurring' }}
        {{- ' or members.person_id is null' if not (retention.range['from'] or retention.range['to']) }}
)
{{ 'union all' if not loop.last }}
{%- else %}
select 1 as definition
from {{ ref('int_retention__starts') }} as starts
where starts.person_id is null
{%- endfor %}
