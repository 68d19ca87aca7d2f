-- By channel or by creative, adding up loses nothing: spend, claims, conversions and missing rates.
{%- set measures = [
    'impressions', 'clicks', 'link_clicks', 'reported_conversions', 'attributed_conversions',
    'attributed_conversions_by_conversion_day', 'rows_without_rate', 'spend_rows_without_rate', 'claims_without_rate',
] %}

with

daily as (

    select
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        {{ sum_if_all_known('spend_usd', 'spend_rows_without_rate > 0') }} as spend_usd
    from {{ ref('fct_roas_daily') }}

),

ads as (

    select
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        {{ sum_if_all_known('spend_usd', 'spend_rows_without_rate > 0') }} as spend_usd
    from {{ ref('fct_roas_daily') }}
    where line = 'ads'

),

channels as (

    select
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        {{ sum_if_all_known('spend_usd', 'spend_rows_without_rate > 0') }} as spend_usd
    from {{ ref('fct_roas_by_channel') }}

),

creatives as (

    select
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        {{ sum_if_all_known('spend_usd', 'spend_rows_without_rate > 0') }} as spend_usd
    from {{ ref('fct_roas_by_creative') }}

)

select 'channels' as rollup
from daily
cross join channels
where
    daily.spend_usd is distinct from channels.spend_usd
    {% for measure in measures -%}
    or daily.{{ measure }} is distinct from channels.{{ measure }}
    {% endfor %}

union all

select 'creatives' as rollup
from ads
cross join creatives
where
    ads.spend_usd is distinct from creatives.spend_usd
    {% for measure in measures -%}
    or ads.{{ measure }} is distinct from creatives.{{ measure }}
    {% endfor %}
