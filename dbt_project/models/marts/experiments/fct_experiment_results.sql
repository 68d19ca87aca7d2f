with

variants as (

    select * from {{ ref('int_experiments__variants') }}

),

goals as (

    {{ goals_told() }}

),

-- One person's whole time in the test.
people as (

    select
        experiment,
        variant,
        person_id,
        goal,
        case when sum(conversions) > 0 then 1 else 0 end as is_converted,
        cast(sum(value_usd) as decimal(18, 6)) as value_usd,
        sum(rows_without_rate) as rows_without_rate
    from {{ ref('int_experiments__outcomes') }}
    group by 1, 2, 3, 4

),

totals as (

    select
        experiment,
        variant,
        goal,
        sum(is_converted) as converted,
        sum(value_usd) as value_usd,
        sum(value_usd * value_usd) as value_usd_squares,
        sum(rows_without_rate) as rows_without_rate
    from people
    group by 1, 2, 3

),

cells as (

    {% for measure in ['rate', 'value_usd'] -%}
    select
        variants.*,
        goals.goal,
        '{{ measure }}' as measure,
        coalesce(totals.rows_without_rate, 0) as values_without_rate,
        {% if measure == 'rate' -%}
        cast(coalesce(totals.converted, 0) as double precision) as total,
        cast(coalesce(totals.converted, 0) as double precision) as total_squares
        {%- else -%}
        cast(coalesce(totals.value_usd, 0) as double precision) as total,
        cast(coalesce(totals.value_usd_squares, 0) as double precision) as total_squares
        {%- endif %}
    from variants
    cross join goals
    left join totals
        on
            variants.experiment = totals.experiment
            and variants.variant = totals.variant
            and goals.goal = totals.goal
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

{{ compared_with_control('cells', ['experiment', 'goal', 'measure']) }}

select
    -- ids
    experiment,
    variant,
    goal,
    measure,

    -- dimensions
    is_control,
    has_sample_ratio_alarm,

    -- measures
    cast(assigned as bigint) as assigned,
    cast(exposed as bigint) as exposed,
    cast(crossed_people as bigint) as crossed_people,
    cast(people as bigint) as people,
    cast(control_people as bigint) as control_people,
    {{ comparison_columns() }},
    {{ estimate('expected_share') }} as expected_share,
    {{ estimate('assigned_p_value') }} as assigned_ratio_p_value,
    {{ estimate('exposed_p_value') }} as exposed_ratio_p_value,
    cast(values_without_rate as bigint) as values_without_rate
from compared
