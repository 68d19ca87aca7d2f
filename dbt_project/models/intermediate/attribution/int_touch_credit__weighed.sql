{#- One row for each conversion and touch with the weight of the touch in every model. Whether a touch counts at all is
    decided first: Direct only where nothing else is there (unless the goal keeps it), and at one instant a click
    takes the first or last place before a view. -#}

with

judged as (

    select
        pairs.*,
        keeps_direct or not is_direct or min(case when is_direct then 1 else 0 end) over per_conversion = 1
            as counts,
        not is_direct or min(case when is_direct then 1 else 0 end) over per_conversion = 1 as counts_as_non_direct,
        -- Larger is earlier; of one instant the click is both the earliest and the latest.
        age_us * 2 + case when is_view then 0 else 1 end as earliness,
        -age_us * 2 + case when is_view then 0 else 1 end as lateness
    from {{ ref('int_conversions__touches') }} as pairs
    window per_conversion as (partition by conversion_id)

),

ends as (

    select
        judged.*,
        max(case when counts then earliness end) over per_conversion as first_place,
        max(case when counts then lateness end) over per_conversion as last_place,
        max(lateness) over per_conversion as last_place_of_all,
        max(case when counts_as_non_direct then lateness end) over per_conversion as last_place_of_non_direct,
        max(case when counts then age_us end) over per_conversion as oldest_us,
        min(case when counts then age_us end) over per_conversion as youngest_us,
        sum(case when counts then 1 else 0 end) over (partition by conversion_id, channel) as touches_of_channel
    from judged
    window per_conversion as (partition by conversion_id)

),

with_effects as (

    select
        ends.*,
        effects.removal_effect
    from ends
    left join {{ ref('int_channels__removal_effects') }} as effects
        on
            ends.goal = effects.goal
            and ends.channel = effects.channel

),

places as (

    select
        with_effects.*,
        sum(case when counts and earliness = first_place then 1 else 0 end) over per_conversion as firsts,
        sum(case when counts and lateness = last_place then 1 else 0 end) over per_conversion as lasts,
        sum(case when counts and age_us < oldest_us and age_us > youngest_us then 1 else 0 end) over per_conversion
            as middles,
        max(case when counts then removal_effect end) over per_conversion > 0 as has_effects
    from with_effects
    window per_conversion as (partition by conversion_id)

),

weights as (

    select
        places.*,
        case
            when age_us = oldest_us and earliness <> first_place then 0
            when age_us = youngest_us and lateness <> last_place then 0
            when oldest_us = youngest_us then 1
            when age_us = oldest_us then case when middles = 0 then 0.5 else 0.4 end / cast(firsts as float8)
            when age_us = youngest_us then case when middles = 0 then 0.5 else 0.4 end / cast(lasts as float8)
            else 0.2 / cast(middles as float8)
        end as position_weight
    from places

)

select
    conversion_id,
    touch_id,
    age_us,
    is_view,
    cast(case when counts and earliness = first_place then 1 else 0 end as bigint) as weight_first,
    cast(case when lateness = last_place_of_all then 1 else 0 end as bigint) as weight_last,
    cast(
        case when counts_as_non_direct and lateness = last_place_of_non_direct then 1 else 0 end as bigint
    ) as weight_last_non_direct,
    cast(case when counts then 1 else 0 end as bigint) as weight_linear,
    case when counts then {{ whole_weight('position_weight') }} else 0 end as weight_position,
    case when counts then {{ whole_weight('power(2, -age_us / half_life_us)') }} else 0 end as weight_time_decay,
    -- A conversion whose channels have no effect at all is shared by its channels alike.
    case
        when not counts then 0
        when has_effects then {{ whole_weight('coalesce(removal_effect, 0) / touches_of_channel') }}
        else {{ whole_weight('cast(1 as float8) / touches_of_channel') }}
    end as weight_markov,
    case when counts then {{ whole_weight('cast(1 as float8) / touches_of_channel') }} else 0 end as weight_shapley
from weights
