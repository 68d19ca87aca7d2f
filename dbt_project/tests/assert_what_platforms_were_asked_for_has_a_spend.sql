-- A connector always asks for spend, so a row of its own without one is a row that was misread.
select * from {{ ref('fct_ad_daily') }}
where
    spend_local is null
    and source_party in ({{ quoted_names(var('ad_platforms')) }})
