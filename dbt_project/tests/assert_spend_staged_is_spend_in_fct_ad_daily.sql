-- Every amount a platform's staging model holds as current stands in fct_ad_daily, per currency, and nothing else does.
with

staged as (

    {% for party in var('ad_platforms') %}
    select
        '{{ party }}' as source_party,
        currency,
        sum(spend_local) as spend_local
    from {{ ref('stg_' ~ party ~ '__ad_daily') }}
    where
        {{ had_happened('valid_from') }}
        and {{ known_to('valid_to') }} is null
    group by 1, 2
    {{- '\n\n    union all\n' if not loop.last }}
    {% endfor %}

),

in_mart as (

    select
        source_party,
        currency,
        sum(spend_local) as spend_local
    from {{ ref('fct_ad_daily') }}
    where source_party in ({{ quoted_names(var('ad_platforms')) }})
    group by 1, 2

)

select
    coalesce(staged.source_party, in_mart.source_party) as source_party,
    coalesce(staged.currency, in_mart.currency) as currency,
    staged.spend_local as staged_spend_local,
    in_mart.spend_local as mart_spend_local
from staged
full outer join in_mart
    on
        staged.source_party = in_mart.source_party
        and staged.currency = in_mart.currency
where staged.spend_local is distinct from in_mart.spend_local
