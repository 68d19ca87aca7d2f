-- At any instant at most one version of an ad-day was known, so "as known on day D" has one answer.
with

chained as (

    select
        *,
        lead(known_from) over (
            partition by platform, account_id, ad_id, date_day, breakdown order by known_from
        ) as next_known_from
    from {{ ref('fct_ad_daily_restatements') }}

)

select * from chained
where
    known_from >= known_to
    or (next_known_from is not null and (known_to is null or known_to > next_known_from))
