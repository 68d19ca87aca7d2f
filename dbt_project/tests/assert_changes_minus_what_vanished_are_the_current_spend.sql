-- Told from the beginning, every restatement leads to today's number: nothing is lost or counted twice on the way.
with

ledger as (

    select
        platform,
        account_id,
        ad_id,
        date_day,
        breakdown,
        sum(spend_change_local) as changes,
        sum(case when ended_as = 'vanished' then spend_local else 0 end) as vanished,
        sum(case when ended_as = 'current' then spend_local else 0 end) as still_there,
        count(*) - count(spend_change_local) as unread
    from {{ ref('fct_ad_daily_restatements') }}
    group by 1, 2, 3, 4, 5

)

select * from ledger
where
    unread = 0
    and changes - vanished <> still_there
