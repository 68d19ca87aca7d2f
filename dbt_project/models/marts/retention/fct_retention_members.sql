-- depends_on: {{ ref('int_events__identified') }}
-- Cell 0 is being a member. The later ones are told by the returns of each period, counted once for all kinds.
select
    definition,
    cohort_period,
    person_id,
    0 as k,
    started_at,
    cast(null as bigint) as occurrences
from {{ ref('int_retention__starts') }}

{%- for retention in definitions('retention') %}
{%- set returned_period = period_start(
    local_date('returned.occurred_at', text_literal(retention.timezone)), retention.period, retention.week_start
) %}
{%- set is_return = event_matches(
    retention['return'].event, retention['return'].where, 'returned.event_type', 'returned.properties'
) %}

union all

(
    with

    starts as (

        select * from {{ ref('int_retention__starts') }}
        where definition = {{ text_literal(retention.name) }}

    ),

    {%- if retention.clock == 'elapsed' %}

    periods as (

        select
            starts.cohort_period,
            starts.person_id,
            starts.started_at,
            {{ periods_since_start('starts', 'returned.occurred_at', retention) }} as nth,
            count(*) as occurrences
        from starts
        inner join {{ ref('int_events__identified') }} as returned
            on
                starts.person_id = returned.person_id
                and starts.started_at < returned.occurred_at
        where {{ is_return }}
        group by 1, 2, 3, 4

    ),
    {%- else %}

    returns as (

        select
            returned.person_id,
            {{ returned_period }} as returned_period,
            count(*) as occurrences
        from {{ ref('int_events__identified') }} as returned
        where {{ is_return }}
        group by 1, 2

    ),

    periods as (

        select
            starts.cohort_period,
            starts.person_id,
            starts.started_at,
            {{ periods_between('starts.cohort_period', 'returns.returned_period', retention.period) }} as nth,
            returns.occurrences
        from starts
        inner join returns
            on
                starts.person_id = returns.person_id
                and starts.cohort_period < returns.returned_period
        {%- if retention.kind != 'rolling' %}
        where
            returns.returned_period
            <= {{ periods_after('starts.cohort_period', last_period(retention), retention.period) }}
        {%- endif %}

    ),
    {%- endif %}

    {%- if retention.kind == 'rolling' %}

    -- What came in a period or later, and the first cell for which that is the answer.
    onwards as (

        select
            cohort_period,
            person_id,
            started_at,
            nth,
            coalesce(lag(nth) over (partition by cohort_period, person_id order by nth), 0) + 1 as since,
            sum(occurrences) over (
                partition by cohort_period, person_id order by nth desc
                rows between unbounded preceding and current row
            ) as occurrences
        from periods
        where nth > 0

    ),
    {%- endif %}

    retained as (
        {%- if retention.kind == 'rolling' %}

        select
            onwards.cohort_period,
            onwards.person_id,
            cast(series.k as integer) as k,
            onwards.started_at,
            onwards.occurrences
        from onwards
        cross join lateral generate_series(
            onwards.since, least(onwards.nth, {{ retention.periods }})
        ) as series (k)
        {%- elif retention.kind == 'bracketed' %}

        select
            periods.cohort_period,
            periods.person_id,
            cells.k,
            periods.started_at,
            sum(periods.occurrences) as occurrences
        from periods
        inner join (
            {{ retention_cells(retention) }}
        ) as cells
            on periods.nth between cells.period_from and cells.period_to
        where cells.period_from > 0
        group by 1, 2, 3, 4
        {%- else %}

        select
            cohort_period,
            person_id,
            nth as k,
            started_at,
            occurrences
        from periods
        where nth between 1 and {{ retention.periods }}
        {%- endif %}

    )

    select
        {{ text_literal(retention.name) }} as definition,
        cohort_period,
        person_id,
        k,
        started_at,
        cast(occurrences as bigint) as occurrences
    from retained
    where occurrences >= {{ retention.minimum }}
)
{%- endfor %}
