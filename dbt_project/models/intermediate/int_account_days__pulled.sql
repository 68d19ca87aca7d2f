{{ config(materialized='incremental', incremental_strategy='replace_all', on_schema_change='sync_all_columns') }}

with

loads as (

    select * from {{ ref('int_ad_daily__loads') }}

),

accounts as (

    select
        party,
        account_id,
        max(look_back_days) as look_back_days,
        max(pulled_on) as newest_pulled_on
    from loads
    group by 1, 2

),

days_asked_for as (

    select
        loads.party,
        loads.account_id,
        loads.since_day + cast(days.nth as integer) as date_day,
        loads.pulled_at,
        loads.pulled_on
    from loads
    cross join lateral generate_series(0, cast(loads.until_day - loads.since_day as integer) - 1) as days (nth)

),

-- Files that people bring ask for no window; the days they told of are the days they covered.
days_told_of as (

    select
        loads.party,
        loads.account_id,
        touched_days.date_day,
        loads.pulled_at,
        loads.pulled_on
    from loads
    inner join {{ ref('stg_lake__touched_days') }} as touched_days
        on
            loads.load_seq = touched_days.load_seq
            and loads.party = touched_days.party
            and loads.account_id = touched_days.account_id
    where loads.since_day is null

),

days as (

    select * from days_asked_for
    union all
    select * from days_told_of

),

account_days as (

    select
        party,
        account_id,
        date_day,
        max(pulled_at) as last_pulled_at,
        max(pulled_on) as last_pulled_on
    from days
    group by 1, 2, 3

)

select
    account_days.party as source_party,
    account_days.account_id,
    account_days.date_day,
    account_days.date_day >= account_days.last_pulled_on as is_partial_day,
    accounts.newest_pulled_on - account_days.date_day > accounts.look_back_days as is_past_look_back,
    account_days.last_pulled_on - account_days.date_day > accounts.look_back_days as was_read_past_look_back,
    account_days.last_pulled_at
from account_days
inner join accounts
    on
        account_days.party = accounts.party
        and account_days.account_id = accounts.account_id
