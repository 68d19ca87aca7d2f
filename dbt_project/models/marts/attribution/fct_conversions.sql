{#- Named out here because dbt looks for references where no goal is known yet. -#}
{%- set sales, refunds = ref('int_sales__unified'), ref('int_refunds__unified') %}
{%- set events, rates = ref('int_events__identified'), ref('int_fx__daily') %}
{%- set zone = text_literal(workspace().timezone) %}

with

{% for goal in definitions('goal') -%}
goal_{{ loop.index }} as (

    {% if goal.entity == 'sales' -%}
    select
        {{ text_literal(goal.name ~ ':') }} || sale_id as conversion_id,
        {{ text_literal(goal.name) }} as goal,
        person_id,
        'conversion' as kind,
        cast(null as text) as of_conversion_id,
        sale_id as source_id,
        1 as conversions,
        amount_local as value_local,
        currency,
        amount_usd as value_usd,
        date_day,
        occurred_at
    from {{ sales }}

    union all

    select
        {{ text_literal(goal.name ~ ':' ) }} || refunds.kind || ':' || refunds.refund_id as conversion_id,
        {{ text_literal(goal.name) }} as goal,
        refunds.person_id,
        'refund' as kind,
        {{ text_literal(goal.name ~ ':') }} || refunds.sale_id as of_conversion_id,
        refunds.refund_id as source_id,
        case when refunds.is_full then -1 else 0 end as conversions,
        -refunds.amount_local as value_local,
        refunds.currency,
        -refunds.amount_usd as value_usd,
        refunds.date_day,
        refunds.occurred_at
    from {{ refunds }} as refunds
    where refunds.sale_id is not null
    {%- else -%}
    select
        {{ text_literal(goal.name ~ ':') }} || events.event_id as conversion_id,
        {{ text_literal(goal.name) }} as goal,
        events.person_id,
        'conversion' as kind,
        cast(null as text) as of_conversion_id,
        events.event_id as source_id,
        1 as conversions,
        events.value as value_local,
        events.currency,
        events.value * case when events.currency = 'USD' then 1 else rates.usd_per_unit end as value_usd,
        {{ local_date('events.occurred_at', zone) }} as date_day,
        events.occurred_at
    from {{ events }} as events
    left join {{ rates }} as rates
        on
            events.currency = rates.currency
            and {{ local_date('events.occurred_at', zone) }} = rates.date_day
    where {{ event_matches(goal.event_type, goal.where, 'events.event_type', 'events.properties') }}
    {%- endif %}

),

{% endfor -%}
-- Begins with no rows, since there may be no goals.
told as (

    select
        cast(null as text) as conversion_id,
        cast(null as text) as goal,
        cast(null as text) as person_id,
        cast(null as text) as kind,
        cast(null as text) as of_conversion_id,
        cast(null as text) as source_id,
        cast(null as integer) as conversions,
        cast(null as decimal(38, 9)) as value_local,
        cast(null as text) as currency,
        cast(null as decimal(38, 9)) as value_usd,
        cast(null as date) as date_day,
        cast(null as timestamptz) as occurred_at
    where false
    {% for goal in definitions('goal') -%}
    union all
    select * from goal_{{ loop.index }}
    {% endfor %}
)

select
    -- ids
    conversion_id,
    goal,
    person_id,
    of_conversion_id,
    source_id,
    date_day,

    -- dimensions
    kind,
    currency,

    -- measures
    cast(conversions as bigint) as conversions,
    cast(value_local as decimal(18, 6)) as value_local,
    cast(value_usd as decimal(18, 6)) as value_usd,
    cast(case when value_local is not null and value_usd is null then 1 else 0 end as bigint) as rows_without_rate,

    -- times
    occurred_at
from told
