-- The overall month is the sum of its customers', every month is there once, and each starts where the last one ended.
with

customers as (

    select
        date_month,
        sum(case when is_paying then 1 else 0 end) as customers,
        sum(case when movement = 'churn' then 1 else 0 end) as churn_customers,
        sum(rows_without_rate) as rows_without_rate,
        {%- for amount in ['start'] + mrr_movements() %}
        case when count(*) = count({{ amount }}_usd) then sum({{ amount }}_usd) end as {{ amount }}_usd,
        {%- endfor %}
        case when count(*) = count(end_usd) then sum(end_usd) end as end_usd
    from {{ ref('fct_mrr_movements') }}
    group by 1

),

overall as (

    select
        *,
        lag(date_month) over (order by date_month) as previous_month,
        lag(end_usd) over (order by date_month) as previous_end_usd
    from {{ ref('fct_mrr_monthly') }}

)

select
    coalesce(overall.date_month, customers.date_month) as date_month,
    overall.end_usd,
    customers.end_usd as customers_end_usd
from overall
full outer join customers
    on overall.date_month = customers.date_month
where
    overall.date_month is null
    or overall.customers <> coalesce(customers.customers, 0)
    or overall.churn_customers <> coalesce(customers.churn_customers, 0)
    or overall.rows_without_rate <> coalesce(customers.rows_without_rate, 0)
    {%- for amount in ['start'] + mrr_movements() + ['end'] %}
    or overall.{{ amount }}_usd
    is distinct from case when customers.date_month is null then 0 else customers.{{ amount }}_usd end
    {%- endfor %}
    or overall.churn_usd
    <> overall.voluntary_churn_usd + overall.involuntary_churn_usd + overall.unknown_churn_usd
    or overall.previous_month <> {{ periods_after('overall.date_month', -1, 'month') }}
    or case
        when overall.previous_month is null then overall.start_usd <> 0
        else overall.start_usd is distinct from overall.previous_end_usd
    end
