with

movements as (

    select * from {{ ref('fct_mrr_movements') }}

),

-- Every month from the first start to the build's, also those in which there was nobody.
spine as (

    select
        {{ month_of_number('months.month_number') }} as date_month,
        months.month_number = bounds.last_month as is_running
    from (
        select
            min({{ month_number('movements.date_month') }}) as first_month,
            max({{ month_number(local_date('build.as_of', text_literal(workspace().timezone))) }}) as last_month
        from movements
        cross join {{ ref('int_build__as_of') }} as build
    ) as bounds
    cross join lateral generate_series(bounds.first_month, bounds.last_month) as months (month_number)

),

-- A sum of which one part is not known is not known.
added as (

    select
        spine.date_month,
        spine.is_running,
        sum(case when movements.is_paying then 1 else 0 end) as customers,
        {%- for movement in mrr_movements() %}
        sum(case when movements.movement = '{{ movement }}' then 1 else 0 end) as {{ movement }}_customers,
        {%- endfor %}
        {%- for churn_kind in ['voluntary', 'involuntary', 'unknown'] %}
        case
            when count(movements.person_id) = count(movements.churn_usd)
                then sum(case when movements.churn_kind = '{{ churn_kind }}' then movements.churn_usd else 0 end)
        end as {{ churn_kind }}_churn_usd,
        {%- endfor %}
        {%- for amount in ['start'] + mrr_movements() + ['end'] %}
        case
            when count(movements.person_id) = count(movements.{{ amount }}_usd)
                then coalesce(sum(movements.{{ amount }}_usd), 0)
        end as {{ amount }}_usd,
        {%- endfor %}
        coalesce(sum(movements.memberships), 0) as memberships,
        coalesce(sum(movements.rows_without_rate), 0) as rows_without_rate
    from spine
    left join movements
        on spine.date_month = movements.date_month
    group by 1, 2

)

select
    -- ids
    date_month,

    -- dimensions
    is_running,

    -- measures
    cast(customers as bigint) as customers,
    {%- for movement in mrr_movements() %}
    cast({{ movement }}_customers as bigint) as {{ movement }}_customers,
    {%- endfor %}
    {%- for amount in ['start'] + mrr_movements() + ['end'] %}
    cast({{ amount }}_usd as decimal(38, 6)) as {{ amount }}_usd,
    {%- endfor %}
    {%- for churn_kind in ['voluntary', 'involuntary', 'unknown'] %}
    cast({{ churn_kind }}_churn_usd as decimal(38, 6)) as {{ churn_kind }}_churn_usd,
    {%- endfor %}
    cast(memberships as bigint) as memberships,
    cast(rows_without_rate as bigint) as rows_without_rate
from added
