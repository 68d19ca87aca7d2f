{{ config(materialized='table') }}

with

told as (

    select
        platform,
        account_id,
        campaign_id,
        campaign_name
    from {{ ref('dim_campaign') }}

    union

    select
        platform,
        account_id,
        campaign_id,
        campaign_name
    from {{ ref('stg_imported_ads__ad_daily') }}
    where {{ had_happened('valid_from') }}

    union

    select
        platform,
        account_id,
        campaign_id,
        null as campaign_name
    from {{ ref('fct_ad_daily') }}
    where campaign_id is not null

)

-- Where two accounts of a platform use one id, nobody can tell whose it is; a campaign of several names goes by none.
select
    platform,
    campaign_id,
    case when count(distinct account_id) = 1 then max(account_id) end as account_id,
    case when count(distinct lower(trim(campaign_name))) = 1 then max(lower(trim(campaign_name))) end as name_word
from told
group by 1, 2
