with

creative_days as (

    select
        platform,
        account_id,
        creative_id,
        date_day,
        {{ roas_sums() }}
    from {{ ref('fct_roas_daily') }}
    where line = 'ads'
    group by 1, 2, 3, 4

)

select
    creative_days.*,
    {{ roas_ratios() }}
from creative_days
