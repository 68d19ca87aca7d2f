{%- set kinds = ['message_type', 'channel', 'playbook', 'step'] -%}

with

-- Whoever was to get it, whether or not it went through: nobody knows which of the held out would have bounced.
trials as (

    select
        message_id,
        person_id,
        {{ kinds | join(',\n        ') }},
        fate = 'held_out' as is_held_out,
        tried_at,
        row_number() over (
            partition by person_id, {{ kinds | join(', ') }} order by tried_at, {{ by_bytes('message_id') }}
        ) as nth
    from {{ ref('int_messages__judged') }}
    where
        fate in ('sent', 'failed', 'held_out')
        and has_send

),

-- A person is one trial of a step: the first, which no earlier message of the step has touched.
first_trials as (

    select
        trials.*,
        trials.tried_at + interval '{{ message_window_hours() }} hours' as ends_at,
        trials.tried_at + interval '{{ message_window_hours() }} hours' <= build.as_of as is_ripe
    from trials
    cross join {{ ref('int_build__as_of') }} as build
    where trials.nth = 1

),

bought as (

    select
        trials.message_id,
        cast(sum(sales.net_usd) as decimal(18, 6)) as net_usd,
        count(*) - count(sales.net_usd) as sales_without_rate
    from first_trials as trials
    inner join {{ ref('int_sales__netted') }} as sales
        on
            trials.person_id = sales.person_id
            and trials.tried_at <= sales.occurred_at
            and trials.ends_at >= sales.occurred_at
    where trials.is_ripe
    group by 1

),

measured as (

    select
        trials.*,
        case when bought.message_id is null then 0 else 1 end as is_buyer,
        coalesce(bought.net_usd, 0) as net_usd,
        coalesce(bought.sales_without_rate, 0) as sales_without_rate
    from first_trials as trials
    left join bought
        on trials.message_id = bought.message_id

),

arms as (

    select
        {{ kinds | join(',\n        ') }},
        is_held_out,
        count(case when is_ripe then 1 end) as people,
        count(case when not is_ripe then 1 end) as unripe_people,
        sum(case when is_ripe then is_buyer else 0 end) as buyers,
        sum(case when is_ripe then net_usd else 0 end) as net_usd,
        sum(case when is_ripe then net_usd * net_usd else 0 end) as net_usd_squares,
        sum(sales_without_rate) as sales_without_rate
    from measured
    group by {{ kinds | join(', ') }}, is_held_out

),

-- Both arms of every step are there, also where one has nobody.
sides as (

    select
        {{ kinds | join(',\n        ') }},
        false as is_control
    from arms
    union
    select
        {{ kinds | join(',\n        ') }},
        true as is_control
    from arms

),

filled as (

    select
        {% for kind in kinds -%}
        sides.{{ kind }},
        {% endfor -%}
        sides.is_control,
        coalesce(arms.people, 0) as people,
        coalesce(arms.unripe_people, 0) as unripe_people,
        coalesce(arms.buyers, 0) as buyers,
        coalesce(arms.net_usd, 0) as net_usd,
        coalesce(arms.net_usd_squares, 0) as net_usd_squares,
        coalesce(arms.sales_without_rate, 0) as sales_without_rate
    from sides
    left join arms
        on
            {% for kind in kinds -%}
            sides.{{ kind }} is not distinct from arms.{{ kind }}
            and {% endfor -%}
            sides.is_control = arms.is_held_out

),

cells as (

    {% for measure in ['rate', 'value_usd'] -%}
    select
        {{ kinds | join(',\n        ') }},
        '{{ measure }}' as measure,
        is_control,
        people,
        unripe_people,
        sales_without_rate,
        {% if measure == 'rate' -%}
        cast(buyers as double precision) as total,
        cast(buyers as double precision) as total_squares
        {%- else -%}
        cast(net_usd as double precision) as total,
        cast(net_usd_squares as double precision) as total_squares
        {%- endif %}
    from filled
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

{{ compared_with_control('cells', kinds + ['measure']) }},

told as (

    select
        compared.*,
        sum(unripe_people) over same_step as unripe_of_both,
        sum(sales_without_rate) over same_step as without_rate_of_both
    from compared
    window same_step as (partition by {{ kinds | join(', ') }}, measure)

)

select
    -- ids
    {{ kinds | join(',\n    ') }},
    measure,

    -- measures
    cast(people as bigint) as people,
    cast(control_people as bigint) as control_people,
    cast(unripe_of_both as bigint) as unripe_people,
    {{ comparison_columns() }},
    {{ estimate('uplift * people') }} as incremental,
    {{ estimate('(uplift - ' ~ normal_quantile_975() ~ ' * standard_error) * people') }} as incremental_low,
    {{ estimate('(uplift + ' ~ normal_quantile_975() ~ ' * standard_error) * people') }} as incremental_high,
    cast(without_rate_of_both as bigint) as sales_without_rate
from told
where not is_control
