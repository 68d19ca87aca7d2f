{{ config(materialized='table') }}

-- depends_on: {{ ref('int_retention__starts') }}
-- depends_on: {{ ref('int_build__as_of') }}
{%- for retention in definitions('retention') %}
{%- set today = local_date('build.as_of', text_literal(retention.timezone)) %}
select
    {{ text_literal(retention.name) }} as definition,
    cohorts.cohort_period,
    cells.k,
    cells.period_from,
    {{ 'case when cells.k = 0 then cells.period_to end' if retention.kind == 'rolling' else 'cells.period_to' }}
        as period_to,
    {{ is_cell_over('cohorts', 'cells.period_to', 'build.as_of', retention) }} as is_ripe,
    {{ today }} < {{ periods_after('cohorts.cohort_period', 1, retention.period) }} as is_running,
    {{ 'cells.k > 0' if retention.kind == 'rolling' else 'false' }} as can_grow,
    {{ is_cut_by_range('cohorts.cohort_period', retention.period, retention.range) }} as is_partial
from (
    select
        cohort_period,
        max(started_at) as last_started_at
    from {{ ref('int_retention__starts') }}
    where definition = {{ text_literal(retention.name) }}
    group by cohort_period
) as cohorts
cross join {{ ref('int_build__as_of') }} as build
cross join (
    {{ retention_cells(retention) }}
) as cells
{{ 'union all' if not loop.last }}
{%- else %}
select
    cast(null as text) as definition,
    cast(null as date) as cohort_period,
    cast(null as integer) as k,
    cast(null as integer) as period_from,
    cast(null as integer) as period_to,
    cast(null as boolean) as is_ripe,
    cast(null as boolean) as is_running,
    cast(null as boolean) as can_grow,
    cast(null as boolean) as is_partial
where false
{%- endfor %}
