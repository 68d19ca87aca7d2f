{%- set zone = "'" ~ workspace().timezone ~ "'" -%}

with

-- A day on which somebody bought is one purchase, as the model of lifetime value counts them; what was all given back
-- is none.
purchase_days as (

    select
        person_id,
        max(user_id) as user_id,
        date_day,
        count(*) as sales,
        sum(net_usd) as net_usd,
        count(*) - count(net_usd) as sales_without_rate
    from {{ ref('int_sales__netted') }}
    where
        net_usd is null
        or net_usd > 0
    group by 1, 3

),

ordered as (

    select
        purchase_days.*,
        min(date_day) over (partition by person_id) as first_day
    from purchase_days

),

buyers as (

    select
        person_id,
        max(user_id) as user_id,
        first_day,
        max(date_day) as last_day,
        count(*) as purchase_days,
        sum(sales) as sales,
        sum(net_usd) as net_usd,
        case
            when sum(case when date_day > first_day then sales_without_rate else 0 end) = 0
                then sum(case when date_day > first_day then net_usd end)
        end as repeat_usd,
        sum(sales_without_rate) as sales_without_rate
    from ordered
    group by 1, 3

)

select
    -- ids
    buyers.person_id,
    buyers.user_id,

    -- measures
    cast(buyers.purchase_days - 1 as bigint) as repeat_purchases,
    cast(buyers.last_day - buyers.first_day as bigint) as recency_days,
    cast({{ local_date('build.as_of', zone) }} - buyers.first_day as bigint) as age_days,
    cast(buyers.sales as bigint) as sales,
    cast(buyers.net_usd as decimal(18, 6)) as net_usd,
    cast(
        cast(buyers.repeat_usd as double precision) / nullif(buyers.purchase_days - 1, 0) as decimal(18, 6)
    ) as mean_repeat_usd,
    cast(buyers.sales_without_rate as bigint) as sales_without_rate,

    -- times
    buyers.first_day,
    buyers.last_day,
    build.as_of
from buyers
cross join {{ ref('int_build__as_of') }} as build
