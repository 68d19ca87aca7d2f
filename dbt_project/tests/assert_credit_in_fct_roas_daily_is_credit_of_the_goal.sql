-- By the day of the touch or by that of the conversion, all lines together hold what the models credit.
with

told as (

    select
        model,
        sum(conversions) as conversions,
        coalesce(sum(value_usd), 0) as value_usd,
        sum(rows_without_rate) as rows_without_rate
    from {{ ref('fct_touch_credit') }}
    where goal = {{ text_literal(workspace().roas_goal) }}
    group by 1

),

lines as (

    {% for model in attribution_models() -%}
    select
        '{{ model }}' as model,
        coalesce(sum(value_{{ model }}_usd), 0) as value_usd,
        count(*) - count(value_{{ model }}_usd) as unknown
    from {{ ref('fct_roas_daily') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

headline as (

    select
        sum(attributed_conversions) as conversions,
        sum(attributed_conversions_by_conversion_day) as conversions_by_conversion_day,
        coalesce(sum(attributed_value_usd), 0) as value_usd,
        coalesce(sum(attributed_value_by_conversion_day_usd), 0) as value_by_conversion_day_usd,
        sum(rows_without_rate) as rows_without_rate
    from {{ ref('fct_roas_daily') }}

)

select
    told.model,
    told.value_usd,
    lines.value_usd as lines_value_usd
from told
inner join lines
    on told.model = lines.model
cross join headline
where
    (told.rows_without_rate = 0 and (lines.unknown > 0 or told.value_usd <> lines.value_usd))
    or (
        told.model = {{ text_literal(workspace().roas_model) }}
        and (
            told.conversions <> headline.conversions
            or told.conversions <> headline.conversions_by_conversion_day
            or told.rows_without_rate <> headline.rows_without_rate
            or (
                told.rows_without_rate = 0
                and (
                    told.value_usd <> headline.value_usd
                    or told.value_usd <> headline.value_by_conversion_day_usd
                )
            )
        )
    )
