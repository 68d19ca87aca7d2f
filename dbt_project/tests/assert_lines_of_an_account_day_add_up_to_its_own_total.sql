-- Campaigns and the unexplained remainder are together what the account says it spent, wherever it said so.
with

lines as (

    select
        platform,
        account_id,
        date_day,
        currency,
        sum(spend_local) as spend_local
    from {{ ref('fct_spend_daily') }}
    group by 1, 2, 3, 4

)

select
    reconciliation.platform,
    reconciliation.account_id,
    reconciliation.date_day,
    reconciliation.account_spend_local,
    lines.spend_local
from {{ ref('fct_account_reconciliation') }} as reconciliation
left join lines
    on
        reconciliation.platform = lines.platform
        and reconciliation.account_id = lines.account_id
        and reconciliation.date_day = lines.date_day
        and reconciliation.currency = lines.currency
where
    reconciliation.unexplained_spend_local is not null
    and reconciliation.account_spend_local <> coalesce(lines.spend_local, 0)
