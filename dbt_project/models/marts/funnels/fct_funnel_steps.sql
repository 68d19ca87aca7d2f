with

places as (

    select * from {{ ref('int_funnel_places__defined') }}

),

filled as (

    select
        funnel,
        breakdown,
        breakdown_value,
        place,
        count(*) as people,
        count(case when is_open then 1 end) as open_people,
        cast(sum(microseconds_from_previous) as double precision) / count(microseconds_from_previous)
            as mean_from_previous,
        percentile_cont(0.5) within group (order by microseconds_from_previous) as median_from_previous,
        cast(sum(microseconds_from_entry) as double precision) / count(microseconds_from_entry) as mean_from_entry,
        percentile_cont(0.5) within group (order by microseconds_from_entry) as median_from_entry
    from {{ ref('int_funnel_steps__filled') }}
    group by 1, 2, 3, 4

),

slices as (

    select
        funnel,
        breakdown,
        breakdown_value
    from filled
    where place = 1

    union

    select
        funnel,
        'all' as breakdown,
        'all' as breakdown_value
    from places

),

-- Every step of every slice, also those that nobody reached, and funnels that nobody entered.
every as (

    select * from filled

    union all

    select
        slices.funnel,
        slices.breakdown,
        slices.breakdown_value,
        places.place,
        0 as people,
        0 as open_people,
        null as mean_from_previous,
        null as median_from_previous,
        null as mean_from_entry,
        null as median_from_entry
    from slices
    inner join places on slices.funnel = places.funnel

),

summed as (

    select
        funnel,
        breakdown,
        breakdown_value,
        place,
        cast(sum(people) as bigint) as people,
        cast(sum(open_people) as bigint) as open_people,
        max(mean_from_previous) as mean_from_previous,
        max(median_from_previous) as median_from_previous,
        max(mean_from_entry) as mean_from_entry,
        max(median_from_entry) as median_from_entry
    from every
    group by 1, 2, 3, 4

),

compared as (

    select
        summed.*,
        places.mode,
        places.step,
        places.is_optional,
        places.previous_place,
        -- Of required steps each later one has fewer people, so the fewest before are those of the last required one.
        min(case when not places.is_optional then summed.people end) over earlier as previous_people,
        max(summed.people) over (
            partition by summed.funnel, summed.breakdown, summed.breakdown_value
        ) as entered_people
    from summed
    inner join places
        on
            summed.funnel = places.funnel
            and summed.place = places.place
    window earlier as (
        partition by summed.funnel, summed.breakdown, summed.breakdown_value order by summed.place
        rows between unbounded preceding and 1 preceding
    )

)

select
    funnel,
    breakdown,
    breakdown_value,
    mode,
    step,
    is_optional,
    place,
    previous_place,
    people,
    open_people,
    cast(previous_people - people as bigint) as dropped_people,
    cast(people as double precision) / nullif(cast(previous_people as double precision), 0) as conversion_from_previous,
    cast(people as double precision) / nullif(cast(entered_people as double precision), 0) as conversion_from_first,
    cast(mean_from_previous / 1000000 as double precision) as mean_seconds_from_previous,
    cast(median_from_previous / 1000000 as double precision) as median_seconds_from_previous,
    cast(mean_from_entry / 1000000 as double precision) as mean_seconds_from_entry,
    cast(median_from_entry / 1000000 as double precision) as median_seconds_from_entry
from compared
