{{ config(materialized='table') }}

with

-- What the platforms list, and what is only known because it cost something: files bring no lists of ads.
told as (

    select
        platform,
        account_id,
        ad_id,
        ad_group_id,
        campaign_id,
        creative_id
    from {{ ref('dim_ad') }}

    union

    select
        platform,
        account_id,
        ad_id,
        ad_group_id,
        campaign_id,
        null as creative_id
    from {{ ref('fct_ad_daily') }}

    union

    select
        platform,
        account_id,
        ad_id,
        ad_group_id,
        campaign_id,
        nullif(breakdown, '') as creative_id
    from {{ ref('stg_imported_ads__ad_daily') }}
    where {{ had_happened('valid_from') }}

)

-- Where two accounts of a platform use one id, nobody can tell whose it is.
select
    platform,
    ad_id,
    case when count(distinct account_id) = 1 then max(account_id) end as account_id,
    case when count(distinct ad_group_id) = 1 then max(ad_group_id) end as ad_group_id,
    case when count(distinct campaign_id) = 1 then max(campaign_id) end as campaign_id,
    case when count(distinct creative_id) = 1 then max(creative_id) end as creative_id
from told
group by 1, 2
