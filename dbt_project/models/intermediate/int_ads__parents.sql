{{ config(materialized='incremental', incremental_strategy='replace_all', on_schema_change='sync_all_columns') }}

with

-- An ad never moves to another ad group, nor an ad group to another campaign: what was said first holds.
ads as (

    select
        platform,
        account_id,
        ad_id,
        ad_group_id,
        campaign_id,
        row_number() over (partition by platform, account_id, ad_id order by valid_from) as seniority
    from {{ ref('int_ads__unioned') }}
    where
        {{ had_happened('valid_from') }}
        and ad_group_id is not null

),

ad_groups as (

    select
        platform,
        account_id,
        ad_group_id,
        campaign_id,
        row_number() over (partition by platform, account_id, ad_group_id order by valid_from) as seniority
    from {{ ref('int_ad_groups__unioned') }}
    where
        {{ had_happened('valid_from') }}
        and campaign_id is not null

)

select
    ads.platform,
    ads.account_id,
    ads.ad_id,
    ads.ad_group_id,
    coalesce(ads.campaign_id, ad_groups.campaign_id) as campaign_id
from ads
left join ad_groups
    on
        ads.platform = ad_groups.platform
        and ads.account_id = ad_groups.account_id
        and ads.ad_group_id = ad_groups.ad_group_id
        and ad_groups.seniority = 1
where ads.seniority = 1
