with

channel_days as (

    select
        channel,
        date_day,
        {{ roas_sums() }}
    from {{ ref('fct_roas_daily') }}
    group by 1, 2

)

select
    channel_days.*,
    {{ roas_ratios() }}
from channel_days
