-- Mature and immature days of arms are all days of ads; creatives of every age have all impressions; buyers all sales.
with

ads as (

    select
        coalesce(sum(spend_usd), 0) as spend_usd,
        coalesce(sum(impressions), 0) as impressions,
        coalesce(sum(reported_conversions), 0) as reported_conversions
    from {{ ref('fct_ad_daily') }}

),

arms as (

    select
        coalesce(sum(coalesce(mature_spend_usd, 0) + coalesce(immature_spend_usd, 0)), 0) as spend_usd,
        coalesce(sum(coalesce(mature_impressions, 0) + coalesce(immature_impressions, 0)), 0) as impressions,
        coalesce(sum(coalesce(mature_reported_conversions, 0) + coalesce(immature_reported_conversions, 0)), 0)
            as reported_conversions
    from {{ ref('decisions_arms') }}

),

creatives as (

    select coalesce(sum(impressions), 0) as impressions from {{ ref('decisions_creatives') }}

),

buyers as (

    select
        coalesce(sum(sales), 0) as sales,
        coalesce(sum(net_usd), 0) as net_usd
    from {{ ref('decisions_buyers') }}

),

sales as (

    select
        count(*) as sales,
        coalesce(sum(net_usd), 0) as net_usd
    from {{ ref('int_sales__netted') }}
    where
        net_usd is null
        or net_usd > 0

)

select 'arms' as what from ads
cross join arms
where
    ads.spend_usd <> arms.spend_usd
    or ads.impressions <> arms.impressions
    or ads.reported_conversions <> arms.reported_conversions
union all
select 'creatives' as what from ads
cross join creatives
where ads.impressions <> creatives.impressions
union all
select 'buyers' as what from buyers
cross join sales
where
    buyers.sales <> sales.sales
    or buyers.net_usd <> sales.net_usd
