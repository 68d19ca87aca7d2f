with

payments as (

    select
        count(*) as failed_payments,
        sum(case when is_open then 1 else 0 end) as open_payments,
        sum(case when is_recovered then 1 else 0 end) as recovered_payments,
        sum(case when is_recovered then amount_usd end) as recovered_usd,
        sum(case when is_recovered and amount_usd is null then 1 else 0 end) as rows_without_rate
    from {{ ref('fct_recovered_payments') }}

),

months as (

    select
        sum(failed_payments) as failed_payments,
        sum(open_payments) as open_payments,
        sum(recovered_payments) as recovered_payments,
        sum(recovered_usd) as recovered_usd,
        sum(rows_without_rate) as rows_without_rate,
        sum(messaged_closed + held_out_closed + none_closed + open_payments) as told_payments,
        sum(messaged_recovered + held_out_recovered + none_recovered) as told_recovered
    from {{ ref('fct_recovered_revenue') }}

)

select
    payments.failed_payments,
    months.failed_payments as failed_of_months,
    payments.recovered_usd,
    months.recovered_usd as recovered_of_months
from payments
cross join months
where
    payments.failed_payments <> coalesce(months.failed_payments, 0)
    or payments.failed_payments <> coalesce(months.told_payments, 0)
    or payments.open_payments <> months.open_payments
    or payments.recovered_payments <> months.recovered_payments
    or payments.recovered_payments <> months.told_recovered
    or payments.rows_without_rate <> months.rows_without_rate
    or (payments.rows_without_rate = 0 and coalesce(payments.recovered_usd, 0) <> months.recovered_usd)
