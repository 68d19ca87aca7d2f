-- An amount whose currency nobody said cannot be added to anything.
select * from {{ ref('fct_ad_daily') }}
where
    currency is null
    and (spend_local is not null or reported_value_local is not null)
