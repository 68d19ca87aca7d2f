{{ config(materialized='table') }}

with

conversion_paths as (

    select
        goal,
        conversion_id as path_id,
        touch_id,
        channel,
        is_direct,
        is_view,
        keeps_direct,
        -age_us as touched_us
    from {{ ref('int_conversions__touches') }}
    where is_on_path

),

conversion_kinds as (

    select
        path_id,
        min(case when is_direct then 1 else 0 end) = 1 as is_only_direct
    from conversion_paths
    group by 1

),

last_conversions as (

    select
        goal,
        person_id,
        max({{ microseconds_of('occurred_at') }}) as last_us
    from {{ ref('fct_conversions') }}
    where kind = 'conversion'
    group by 1, 2

),

touches as (

    select
        touch_id,
        person_id,
        channel,
        is_direct,
        touch_kind = 'view' as is_view,
        {{ microseconds_of('occurred_at') }} as touched_us
    from {{ ref('dim_touches') }}
    where is_attributable

),

leftover as (

    select
        policies.goal,
        touches.person_id as path_id,
        touches.touch_id,
        touches.channel,
        touches.is_direct,
        touches.is_view,
        policies.keeps_direct,
        touches.touched_us,
        touches.touched_us + case
            when touches.is_view then policies.view_window_us else policies.click_window_us
        end as credited_until_us
    from touches
    cross join {{ ref('int_goals__policies') }} as policies
    left join last_conversions
        on
            touches.person_id = last_conversions.person_id
            and policies.goal = last_conversions.goal
    where last_conversions.last_us is null or touches.touched_us > last_conversions.last_us

),

leftover_paths as (

    select
        goal,
        path_id,
        min(case when is_direct then 1 else 0 end) = 1 as is_only_direct,
        max(credited_until_us) as credited_until_us
    from leftover
    group by 1, 2

),

-- Whoever may still convert is neither a success nor a failure yet.
failed_paths as (

    select
        leftover_paths.goal,
        leftover_paths.path_id,
        leftover_paths.is_only_direct
    from leftover_paths
    cross join {{ ref('int_build__as_of') }} as build
    where leftover_paths.credited_until_us < {{ microseconds_of('build.as_of') }}

),

paths as (

    select
        conversion_paths.goal,
        conversion_paths.path_id,
        true as is_converting,
        conversion_paths.touch_id,
        conversion_paths.channel,
        conversion_paths.is_view,
        conversion_paths.touched_us
    from conversion_paths
    inner join conversion_kinds
        on conversion_paths.path_id = conversion_kinds.path_id
    where
        conversion_paths.keeps_direct
        or not conversion_paths.is_direct
        or conversion_kinds.is_only_direct

    union all

    select
        leftover.goal,
        leftover.path_id,
        false as is_converting,
        leftover.touch_id,
        leftover.channel,
        leftover.is_view,
        leftover.touched_us
    from leftover
    inner join failed_paths
        on
            leftover.path_id = failed_paths.path_id
            and leftover.goal = failed_paths.goal
    where leftover.keeps_direct or not leftover.is_direct or failed_paths.is_only_direct

),

ordered as (

    select
        goal,
        path_id,
        is_converting,
        channel,
        lag(channel) over in_order as previous_channel,
        lead(channel) over in_order is null as is_last
    from paths
    window in_order as (
        partition by goal, is_converting, path_id
        order by touched_us, is_view, {{ by_bytes('touch_id') }}
    )

),

-- Repeats of a channel in a row are one step, unless the workspace says otherwise.
told as (

    select
        ordered.*,
        {% if workspace().collapse_repeats -%}
        previous_channel is null or previous_channel <> channel as is_step
        {%- else -%}
        true as is_step
        {%- endif %}
    from ordered

)

select
    goal,
    path_id,
    is_converting,
    previous_channel,
    channel,
    is_step,
    is_last
from told
where is_step or is_last
