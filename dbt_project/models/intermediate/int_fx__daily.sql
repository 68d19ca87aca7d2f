with

-- Files and publishers can each say a rate for a day: what was told last counts.
told as (

    select
        currency,
        date_day,
        usd_per_unit,
        row_number() over (partition by currency, date_day order by valid_from desc, usd_per_unit asc) as nth_newest
    from {{ ref('stg_markets__fx_rates') }}
    where
        {{ had_happened('valid_from') }}
        and {{ known_to('valid_to') }} is null

),

rates as (

    select
        currency,
        date_day,
        usd_per_unit,
        lead(date_day) over (partition by currency order by date_day) as next_rate_day
    from told
    where nth_newest = 1

)

-- nth = 0 is the rate's own day; later days exist only where carrying is allowed and no newer rate has come.
select
    rates.currency,
    rates.date_day + cast(days.nth as integer) as date_day,
    rates.usd_per_unit,
    rates.date_day as rate_day
from rates
cross join lateral generate_series(0, {{ var('fx_carry_days') }}) as days (nth)
where
    rates.next_rate_day is null
    or rates.date_day + cast(days.nth as integer) < rates.next_rate_day
