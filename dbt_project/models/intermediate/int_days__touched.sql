{{ config(materialized='table') }}

with

ad_day_loads as (

    select * from {{ ref('int_ad_daily__loads') }}

),

-- Every day of a pull's window: also where nothing changed, we now know it later than before.
asked_for as (

    select
        load_seq,
        since_day as from_day,
        until_day as to_day
    from ad_day_loads

),

told_of as (

    select
        load_seq,
        date_day as from_day,
        date_day + 1 as to_day
    from {{ ref('stg_lake__touched_days') }}
    where entity = 'ad_daily'

),

-- Days that leave the look-back because the account was asked again later become final without being asked for.
newest_so_far as (

    select
        load_seq,
        look_back_days,
        max(pulled_on) over (
            partition by party, account_id order by load_seq
            rows between unbounded preceding and 1 preceding
        ) as newest_before,
        max(pulled_on) over (
            partition by party, account_id order by load_seq
            rows between unbounded preceding and current row
        ) as newest_now
    from ad_day_loads

),

ripened as (

    select
        load_seq,
        newest_before - look_back_days as from_day,
        newest_now - look_back_days as to_day
    from newest_so_far

),

-- An account's zone decides which of its days were over when they were asked for.
zones as (

    select
        platform,
        account_id,
        account_timezone,
        lag(account_timezone) over (partition by platform, account_id order by valid_from) as previous_timezone,
        valid_from
    from {{ ref('int_accounts__unioned') }}

),

zoned as (

    select
        loads.load_seq,
        ad_day_loads.since_day as from_day,
        ad_day_loads.until_day as to_day
    from zones
    inner join {{ ref('stg_lake__loads') }} as loads
        on
            zones.platform = loads.party
            and zones.account_id = loads.account_id
            and zones.valid_from = loads.pulled_at
            and loads.entity = 'accounts'
    inner join ad_day_loads
        on
            zones.platform = ad_day_loads.party
            and zones.account_id = ad_day_loads.account_id
            and loads.load_seq > ad_day_loads.load_seq
    where zones.account_timezone is distinct from zones.previous_timezone

),

-- A rate counts for its own day and, where carrying is allowed, for the days it may stand in for.
rated as (

    select
        loads.load_seq,
        rates.date_day as from_day,
        rates.date_day + {{ var('fx_carry_days') }} + 1 as to_day
    from {{ ref('stg_markets__fx_rates') }} as rates
    inner join {{ ref('stg_lake__loads') }} as loads
        on
            loads.party = 'markets'
            and loads.entity = 'fx_rates'
            and (rates.valid_from = loads.pulled_at or rates.valid_to = loads.pulled_at)

),

spans as (

    select * from asked_for
    union all
    select * from told_of
    union all
    select * from ripened
    union all
    select * from zoned
    union all
    select * from rated

)

select
    spans.from_day + cast(days.nth as integer) as date_day,
    max(spans.load_seq) as load_seq
from spans
cross join lateral generate_series(0, cast(spans.to_day - spans.from_day as integer) - 1) as days (nth)
group by 1
