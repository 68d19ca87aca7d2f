{{ config(materialized='table') }}

{#- The removal effect in closed form: the states of the absorbing chain are eliminated one after the other, which
    leaves the exact probability of getting from the start to a conversion. Once as it is (`removed` 0), and once for each
    channel with every way through it cut. States: 0 the start, 1 to n the channels by name, n + 1 the conversion; not
    to convert is what is missing to 1. `analysis/attribution.py` solves the same equations as matrices. -#}

with recursive

steps as (

    select * from {{ ref('int_paths__steps') }}

),

channels as (

    select
        goal,
        channel,
        cast(row_number() over (partition by goal order by {{ by_bytes('channel') }}) as integer) as state,
        cast(count(*) over (partition by goal) as integer) as channels
    from (
        select distinct
            goal,
            channel
        from steps
    ) as found

),

moves as (

    select
        goal,
        previous_channel as from_channel,
        channel as to_channel,
        false as is_conversion
    from steps
    where is_step

    union all

    select
        goal,
        channel as from_channel,
        null as to_channel,
        is_converting as is_conversion
    from steps
    where is_last

),

counted_moves as (

    select
        goal,
        from_channel,
        to_channel,
        is_conversion,
        count(*) as times
    from moves
    group by 1, 2, 3, 4

),

-- The start has no channel, and neither have the ends.
counted as (

    select
        moves.goal,
        moves.times,
        coalesce(origins.state, 0) as from_state,
        case when moves.is_conversion then origins.channels + 1 else ends.state end as to_state
    from counted_moves as moves
    left join channels as origins
        on
            moves.goal = origins.goal
            and moves.from_channel = origins.channel
    left join channels as ends
        on
            moves.goal = ends.goal
            and moves.to_channel = ends.channel

),

probabilities as (

    select
        goal,
        from_state,
        to_state,
        cast(times as float8) / cast(sum(times) over (partition by goal, from_state) as float8) as probability
    from counted

),

goals as (

    select
        goal,
        max(channels) as channels
    from channels
    group by 1

),

elimination (eliminated, goal, channels, removed, from_state, to_state, probability) as (

    select
        0 as eliminated,
        goals.goal,
        goals.channels,
        cast(removals.nth as integer) as removed,
        cast(origins.nth as integer) as from_state,
        cast(ends.nth as integer) as to_state,
        coalesce(probabilities.probability, cast(0 as float8)) as probability
    from goals
    cross join lateral generate_series(0, goals.channels) as removals (nth)
    cross join lateral generate_series(0, goals.channels) as origins (nth)
    cross join lateral generate_series(1, goals.channels + 1) as ends (nth)
    left join probabilities
        on
            goals.goal = probabilities.goal
            and origins.nth = probabilities.from_state
            and ends.nth = probabilities.to_state
    where
        removals.nth = 0
        or (origins.nth <> removals.nth and ends.nth <> removals.nth)

    union all

    select
        eliminated + 1 as eliminated,
        goal,
        channels,
        removed,
        from_state,
        to_state,
        probability + coalesce(into_it * out_of_it / nullif(1 - round_it, 0), 0) as probability
    from (
        select
            elimination.*,
            max(case when to_state = eliminated + 1 then probability end)
                over (partition by goal, removed, from_state) as into_it,
            max(case when from_state = eliminated + 1 then probability end)
                over (partition by goal, removed, to_state) as out_of_it,
            max(case when from_state = eliminated + 1 and to_state = eliminated + 1 then probability end)
                over (partition by goal, removed) as round_it
        from elimination
        where eliminated < channels
    ) as pivoted
    where
        from_state <> eliminated + 1
        and to_state <> eliminated + 1

),

solved as (

    select
        goal,
        removed,
        probability
    from elimination
    where
        eliminated = channels
        and from_state = 0
        and to_state = channels + 1

)

select
    channels.goal,
    channels.channel,
    whole.probability as conversion_probability,
    greatest(coalesce(1 - without.probability / nullif(whole.probability, 0), 0), 0) as removal_effect
from channels
inner join solved as whole
    on
        channels.goal = whole.goal
        and whole.removed = 0
inner join solved as without
    on
        channels.goal = without.goal
        and channels.state = without.removed
