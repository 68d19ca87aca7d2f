with

times as (

    {% for measure in ['previous', 'entry'] -%}
    select
        funnel,
        breakdown,
        breakdown_value,
        place,
        'from_{{ measure }}' as measure,
        microseconds_from_{{ measure }} as microseconds
    from {{ ref('int_funnel_steps__filled') }}
    where
        place > 1
        and microseconds_from_{{ measure }} is not null
    {{- '\n\n    union all\n\n    ' if not loop.last }}
    {%- endfor %}

),

spans as (

    select
        funnel,
        breakdown,
        breakdown_value,
        place,
        measure,
        count(*) as people,
        min(microseconds) as shortest,
        max(microseconds) as longest
    from times
    group by 1, 2, 3, 4, 5

),

-- As many bins as the cube root of the people, rounded up: found by multiplying, for roots are rounded themselves.
sized as (

    select
        spans.funnel,
        spans.breakdown,
        spans.breakdown_value,
        spans.place,
        spans.measure,
        spans.shortest,
        spans.longest,
        min(bins.bin) as bins
    from spans
    inner join generate_series(1, 1000) as bins (bin) on spans.people <= bins.bin * bins.bin * bins.bin
    group by 1, 2, 3, 4, 5, 6, 7

),

-- Of whole seconds each, rounded up; of one at least.
widths as (

    select
        sized.*,
        greatest(
            1, cast(ceil(cast(longest - shortest as double precision) / (bins * 1000000)) as bigint)
        ) as seconds_wide
    from sized

),

placed as (

    select
        times.funnel,
        times.breakdown,
        times.breakdown_value,
        times.place,
        times.measure,
        -- The longest may lie on the last bin's end, and belongs to it.
        least(
            widths.bins - 1,
            cast(
                floor(
                    cast(times.microseconds - widths.shortest as double precision) / (widths.seconds_wide * 1000000)
                ) as bigint
            )
        ) as bin
    from times
    inner join widths
        on
            times.funnel = widths.funnel
            and times.breakdown = widths.breakdown
            and times.place = widths.place
            and times.measure = widths.measure
            and times.breakdown_value is not distinct from widths.breakdown_value

),

every as (

    select
        placed.*,
        1 as people
    from placed

    union all

    select
        widths.funnel,
        widths.breakdown,
        widths.breakdown_value,
        widths.place,
        widths.measure,
        bins.bin - 1 as bin,
        0 as people
    from widths
    inner join generate_series(1, 1000) as bins (bin) on widths.bins >= bins.bin

),

counted as (

    select
        funnel,
        breakdown,
        breakdown_value,
        place,
        measure,
        bin,
        sum(people) as people
    from every
    group by 1, 2, 3, 4, 5, 6

)

select
    counted.funnel,
    counted.breakdown,
    counted.breakdown_value,
    counted.measure,
    counted.place,
    cast(counted.bin as integer) as bin,
    cast(counted.people as bigint) as people,
    cast(widths.shortest as double precision) / 1000000 + cast(counted.bin * widths.seconds_wide as double precision)
        as seconds_from,
    cast(widths.shortest as double precision) / 1000000
    + cast((counted.bin + 1) * widths.seconds_wide as double precision) as seconds_to
from counted
inner join widths
    on
        counted.funnel = widths.funnel
        and counted.breakdown = widths.breakdown
        and counted.place = widths.place
        and counted.measure = widths.measure
        and counted.breakdown_value is not distinct from widths.breakdown_value
