{%- set models = attribution_models() %}

with

-- Display order: time, kind, id.
summed as (

    select
        {% for model in models -%}
        weight_{{ model }},
        sum(weight_{{ model }}) over so_far as up_to_{{ model }},
        sum(weight_{{ model }}) over (partition by conversion_id) as total_{{ model }},
        {% endfor -%}
        conversion_id,
        touch_id
    from {{ ref('int_touch_credit__weighed') }}
    window so_far as (
        partition by conversion_id order by age_us desc, is_view, {{ by_bytes('touch_id') }}
        rows between unbounded preceding and current row
    )

),

shares as (

    {% for model in models -%}
    select
        conversion_id,
        touch_id,
        '{{ model }}' as model,
        {{ share_up_to('up_to_' ~ model ~ ' - weight_' ~ model, 'total_' ~ model) }} as share_from,
        {{ share_up_to('up_to_' ~ model, 'total_' ~ model) }} as share_to
    from summed
    where weight_{{ model }} > 0
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

conversions as (

    select
        *,
        coalesce(of_conversion_id, conversion_id) as credited_conversion_id
    from {{ ref('fct_conversions') }}

),

touches as (

    select * from {{ ref('dim_touches') }}

),

models as (

    {% for model in models -%}
    select '{{ model }}' as model {{ 'union all' if not loop.last }}
    {% endfor %}

),

credited as (

    select
        conversions.conversion_id,
        conversions.goal,
        conversions.person_id,
        conversions.date_day,
        conversions.kind,
        conversions.currency,
        conversions.rows_without_rate,
        conversions.occurred_at,
        shares.model,
        shares.touch_id,
        touches.channel,
        touches.platform,
        touches.campaign_id,
        touches.ad_group_id,
        touches.ad_id,
        touches.occurred_at as touched_at,
        {{ piece_of('1', 'shares.share_from', 'shares.share_to', places=9) }} as credit,
        {{ piece_of('conversions.conversions', 'shares.share_from', 'shares.share_to', places=9) }} as conversions,
        {{ piece_of('conversions.value_local', 'shares.share_from', 'shares.share_to') }} as value_local,
        {{ piece_of('conversions.value_usd', 'shares.share_from', 'shares.share_to') }} as value_usd
    from shares
    inner join conversions
        on shares.conversion_id = conversions.credited_conversion_id
    inner join touches
        on shares.touch_id = touches.touch_id

),

-- What no touch can be credited with stays in the totals.
unattributed as (

    select
        conversions.conversion_id,
        conversions.goal,
        conversions.person_id,
        conversions.date_day,
        conversions.kind,
        conversions.currency,
        conversions.rows_without_rate,
        conversions.occurred_at,
        models.model,
        cast(null as text) as touch_id,
        'Unattributed' as channel,
        cast(null as text) as platform,
        cast(null as text) as campaign_id,
        cast(null as text) as ad_group_id,
        cast(null as text) as ad_id,
        cast(null as timestamptz) as touched_at,
        1 as credit,
        conversions.conversions,
        conversions.value_local,
        conversions.value_usd
    from conversions
    cross join models
    where
        not exists (
            select 1
            from {{ ref('int_conversions__touches') }} as pairs
            where pairs.conversion_id = conversions.credited_conversion_id
        )

),

lines as (

    select * from credited
    union all
    select * from unattributed

)

select
    -- ids
    conversion_id,
    model,
    touch_id,
    goal,
    person_id,
    platform,
    campaign_id,
    ad_group_id,
    ad_id,
    date_day,

    -- dimensions
    kind,
    channel,
    currency,
    touch_id is not null as is_attributed,

    -- measures
    cast(credit as decimal(18, 9)) as credit,
    cast(conversions as decimal(18, 9)) as conversions,
    cast(value_local as decimal(18, 6)) as value_local,
    cast(value_usd as decimal(18, 6)) as value_usd,
    rows_without_rate,

    -- times
    occurred_at,
    touched_at
from lines
