-- Each conversion and refund is shared out whole by every model, to its touches or to nothing, never to both.
with

shared as (

    select
        conversion_id,
        model,
        sum(credit) as credit,
        count(distinct is_attributed) as ways
    from {{ ref('fct_touch_credit') }}
    group by 1, 2

),

models as (

    {% for model in attribution_models() -%}
    select '{{ model }}' as model {{ 'union all' if not loop.last }}
    {% endfor %}

),

expected as (

    select
        conversions.conversion_id,
        models.model
    from {{ ref('fct_conversions') }} as conversions
    cross join models

)

select
    expected.conversion_id,
    expected.model,
    shared.credit
from expected
left join shared
    on
        expected.conversion_id = shared.conversion_id
        and expected.model = shared.model
where
    shared.credit is null
    or shared.credit <> 1
    or shared.ways <> 1
