-- Shares leave out what may still be recovered.
{%- set zone = text_literal(workspace().timezone) %}

with

failures as (

    select
        *,
        cast(date_trunc('month', {{ local_date('failed_at', zone) }}) as date) as date_month,
        case when is_open then 0 else 1 end as is_closed,
        case when is_recovered then 1 else 0 end as recovered
    from {{ ref('fct_recovered_payments') }}

),

added as (

    select
        date_month,
        count(*) as failed_payments,
        sum(1 - is_closed) as open_payments,
        sum(recovered) as recovered_payments,
        sum(case when message_id is not null then 1 else 0 end) as credited_payments,
        sum(case when recovered = 1 then amount_usd end) as recovered_usd,
        sum(case when message_id is not null then amount_usd end) as credited_usd,
        sum(case when message_id is not null and amount_usd is null then 1 else 0 end) as credited_without_rate,
        {%- for arm in ['messaged', 'held_out', 'none'] %}
        sum(case when arm = '{{ arm }}' then is_closed else 0 end) as {{ arm }}_closed,
        sum(case when arm = '{{ arm }}' then recovered else 0 end) as {{ arm }}_recovered,
        {%- endfor %}
        sum(case when recovered = 1 and amount_usd is null then 1 else 0 end) as rows_without_rate
    from failures
    group by 1

)

select
    -- ids
    date_month,

    -- measures
    cast(failed_payments as bigint) as failed_payments,
    cast(open_payments as bigint) as open_payments,
    cast(recovered_payments as bigint) as recovered_payments,
    cast(case when rows_without_rate = 0 then coalesce(recovered_usd, 0) end as decimal(38, 6)) as recovered_usd,
    cast(credited_payments as bigint) as credited_payments,
    cast(case when credited_without_rate = 0 then coalesce(credited_usd, 0) end as decimal(38, 6)) as credited_usd,
    {%- for arm in ['messaged', 'held_out', 'none'] %}
    cast({{ arm }}_closed as bigint) as {{ arm }}_closed,
    cast({{ arm }}_recovered as bigint) as {{ arm }}_recovered,
    cast({{ arm }}_recovered as float8) / cast(nullif({{ arm }}_closed, 0) as float8) as {{ arm }}_share,
    {%- endfor %}
    cast(rows_without_rate as bigint) as rows_without_rate
from added
