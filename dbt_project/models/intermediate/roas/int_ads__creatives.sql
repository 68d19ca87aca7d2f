{{ config(materialized='table') }}

with

-- Files know creatives only as slices of an ad's day: where an ad has one, it is the ad's.
brought as (

    select
        platform,
        ad_id,
        case when count(distinct breakdown) = 1 then max(nullif(breakdown, '')) end as creative_id
    from {{ ref('fct_ad_daily') }}
    where source_party = 'imported_ads'
    group by 1, 2

)

select
    ads.platform,
    ads.ad_id,
    coalesce(ads.creative_id, brought.creative_id) as creative_id
from {{ ref('int_ads__known') }} as ads
left join brought
    on
        ads.platform = brought.platform
        and ads.ad_id = brought.ad_id
