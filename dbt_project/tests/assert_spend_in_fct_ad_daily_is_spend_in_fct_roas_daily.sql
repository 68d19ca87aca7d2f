-- Setting credit beside spend loses no spend and doubles none, nor the platform's claims.
{%- set measures = ['impressions', 'clicks', 'link_clicks', 'reported_conversions'] %}

with

ads as (

    select
        platform,
        -- An ad that two currencies paid for has its spend in dollars only.
        sum(spend_usd) as spend_usd,
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        count(spend_local) - count(spend_usd) as rows_without_rate
    from {{ ref('fct_ad_daily') }}
    group by 1

),

lines as (

    select
        platform,
        sum(spend_usd) as spend_usd,
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        sum(spend_rows_without_rate) as rows_without_rate
    from {{ ref('fct_roas_daily') }}
    where line = 'ads'
    group by 1

)

select
    coalesce(ads.platform, lines.platform) as platform,
    ads.spend_usd,
    lines.spend_usd as lines_spend_usd
from ads
full outer join lines
    on ads.platform = lines.platform
where
    (ads.rows_without_rate = 0 and ads.spend_usd is distinct from lines.spend_usd)
    or coalesce(ads.rows_without_rate, 0) <> coalesce(lines.rows_without_rate, 0)
    {% for measure in measures -%}
    or ads.{{ measure }} is distinct from lines.{{ measure }}
    {% endfor %}
