{{ config(materialized='table') }}

{%- if as_of() %}

select cast('{{ as_of() }}' as timestamptz) as as_of

{%- else %}

with

-- Facts: when they were known. A clock that runs ahead on somebody's device moves nothing.
facts as (

    {% for model in [
        'stg_product__events',
        'stg_product__touches',
        'stg_messaging__receipts',
        'stg_experiments__exposures',
    ] -%}
    select max(known_at) as newest from {{ ref(model) }}
    {{- '\n    union all\n    ' if not loop.last }}
    {%- endfor %}

),

-- Objects that people bring, which count from their own instant; of those that are asked for, the pulls count.
objects as (

    {% for model in [
        'stg_product__orders',
        'stg_product__payments',
        'stg_product__refunds',
        'stg_product__subscriptions',
        'stg_product__content',
        'stg_messaging__sends',
        'stg_experiments__assignments',
        'stg_outreach__leads',
        'stg_outreach__conversations',
        'stg_markets__prices',
    ] -%}
    select max(valid_from) as newest from {{ ref(model) }}
    {{- '\n    union all\n    ' if not loop.last }}
    {%- endfor %}

),

-- An end that had come when it was told has happened; one that was still to come is a plan.
ends as (

    select max(ended_at) as newest
    from {{ ref('stg_product__subscriptions') }}
    where ended_at <= told_at

),

-- A day of a brought file says at least that the day had begun.
ad_days as (

    select max(cast(cast(date_day as text) || ' 00:00:00+00' as timestamptz)) as newest
    from {{ ref('stg_imported_ads__ad_daily') }}

),

pulls as (

    select max(pulled_at) as newest
    from {{ ref('stg_lake__loads') }}
    where
        account_id <> 'files'
        and status = 'loaded'

),

told as (

    select * from facts
    union all
    select * from objects
    union all
    select * from ends
    union all
    select * from ad_days
    union all
    select * from pulls

)

select max(newest) as as_of from told

{%- endif %}
