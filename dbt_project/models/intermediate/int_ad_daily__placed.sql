select
    ad_days.source_party,
    {% for column in ad_day_columns() %}
    {% if column in ('campaign_id', 'ad_group_id') -%}
    coalesce(ad_days.{{ column }}, parents.{{ column }}) as {{ column }}
    {%- else -%}
    ad_days.{{ column }}
    {%- endif %}
    {{- ',' if not loop.last }}
    {% endfor %}
from {{ ref('int_ad_daily__unioned') }} as ad_days
left join {{ ref('int_ads__parents') }} as parents
    on
        ad_days.ad_id = parents.ad_id
        and ad_days.account_id = parents.account_id
        and ad_days.platform = parents.platform
