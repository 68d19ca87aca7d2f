with

loads as (

    select
        cast(pulled_at at time zone 'UTC' as date) as date_day,
        party,
        entity,
        account_id,
        count(case when status = 'loaded' then 1 end) as loads,
        count(case when status <> 'loaded' then 1 end) as refused_loads,
        sum(landed_rows) as landed_rows,
        sum(raw_rows) as raw_rows,
        sum(duplicate_rows) as duplicate_rows,
        sum(quarantined_rows) as quarantined_rows
    from {{ ref('stg_lake__loads') }}
    where {{ had_happened('pulled_at') }}
    group by 1, 2, 3, 4

),

-- How long what flows in was on its way; what people bring as files tells of the past and is not late.
delays as (

    {% for model, party, entity in streams_told() -%}
    select
        cast(known_at at time zone 'UTC' as date) as date_day,
        '{{ party }}' as party,
        '{{ entity }}' as entity,
        source_account as account_id,
        count(*) as timed_rows,
        sum({{ microseconds_of('known_at') }} - {{ microseconds_of('occurred_at') }}) as total_delay,
        max({{ microseconds_of('known_at') }} - {{ microseconds_of('occurred_at') }}) as longest_delay
    from {{ ref(model) }}
    where
        source_account <> 'files'
        and {{ had_happened('known_at') }}
    group by 1, 4
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

told as (

    select
        coalesce(loads.date_day, delays.date_day) as date_day,
        coalesce(loads.party, delays.party) as party,
        coalesce(loads.entity, delays.entity) as entity,
        coalesce(loads.account_id, delays.account_id) as account_id,
        coalesce(loads.loads, 0) as loads,
        coalesce(loads.refused_loads, 0) as refused_loads,
        coalesce(loads.landed_rows, 0) as landed_rows,
        coalesce(loads.raw_rows, 0) as raw_rows,
        coalesce(loads.duplicate_rows, 0) as duplicate_rows,
        coalesce(loads.quarantined_rows, 0) as quarantined_rows,
        coalesce(delays.timed_rows, 0) as timed_rows,
        delays.total_delay,
        delays.longest_delay
    from loads
    full outer join delays
        on
            loads.date_day = delays.date_day
            and loads.party = delays.party
            and loads.entity = delays.entity
            and loads.account_id = delays.account_id

)

select
    -- ids
    date_day,
    party,
    entity,
    account_id,

    -- measures
    cast(loads as bigint) as loads,
    cast(refused_loads as bigint) as refused_loads,
    cast(landed_rows as bigint) as landed_rows,
    cast(raw_rows as bigint) as raw_rows,
    cast(duplicate_rows as bigint) as duplicate_rows,
    cast(quarantined_rows as bigint) as quarantined_rows,
    {{ share_of('quarantined_rows', 'landed_rows') }} as quarantined_share,
    cast(timed_rows as bigint) as timed_rows,
    {{ estimate('cast(total_delay as double precision) / nullif(timed_rows, 0) / 1000000') }} as mean_delay_seconds,
    {{ estimate('cast(longest_delay as double precision) / 1000000') }} as longest_delay_seconds
from told
