{{ config(materialized='table') }}

with

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

conversions as (

    select
        conversion_id,
        goal,
        person_id,
        {{ microseconds_of('occurred_at') }} as converted_us,
        lag({{ microseconds_of('occurred_at') }}) over (
            partition by goal, person_id order by occurred_at, {{ by_bytes('conversion_id') }}
        ) as previous_us
    from {{ ref('fct_conversions') }}
    where kind = 'conversion'

),

windows as (

    select
        conversions.*,
        policies.keeps_direct,
        policies.click_window_us,
        policies.view_window_us,
        policies.half_life_us
    from conversions
    inner join {{ ref('int_goals__policies') }} as policies
        on conversions.goal = policies.goal

)

-- A touch may be credited at the conversion's instant and at the very beginning of its window. Its path is cut at the
-- conversion before: what that one had already is not on the path of this one, though it may share its credit.
select
    windows.conversion_id,
    windows.goal,
    touches.touch_id,
    touches.channel,
    touches.is_direct,
    touches.is_view,
    windows.keeps_direct,
    windows.half_life_us,
    windows.converted_us - touches.touched_us as age_us,
    windows.previous_us is null or touches.touched_us > windows.previous_us as is_on_path
from touches
inner join windows
    on touches.person_id = windows.person_id
where
    touches.touched_us <= windows.converted_us
    and windows.converted_us - touches.touched_us
    <= case when touches.is_view then windows.view_window_us else windows.click_window_us end
