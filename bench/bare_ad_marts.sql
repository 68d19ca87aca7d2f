-- fct_ad_daily as one would write it by hand for DuckDB alone: the same rows, from the lake's Parquet to one table.
-- It knows three platforms, one lake and no past builds; variable `lake` names the lake's folder.
create or replace table fct_ad_daily as
with

meta_read as (
    select
        'meta_ads' as platform,
        account_id,
        campaign_id,
        adset_id as ad_group_id,
        ad_id,
        publisher_platform as breakdown,
        date as date_day,
        account_currency as currency,
        cast(spend as decimal(18, 6)) as spend_local,
        coalesce(impressions, 0) as impressions,
        coalesce(clicks, 0) as clicks,
        coalesce(inline_link_clicks, 0) as link_clicks,
        coalesce(inline_post_engagement, 0) as engagements,
        null::bigint as video_views,
        from_json(actions, '[{"action_type": "VARCHAR", "value": "VARCHAR"}]') as counts,
        from_json(action_values, '[{"action_type": "VARCHAR", "value": "VARCHAR"}]') as amounts,
        _valid_from,
        _valid_to
    from read_parquet(
        getvariable('lake') || '/raw/meta_ads/ad_daily/*/*.parquet', hive_partitioning = true, hive_types = {'date': date}
    )
),

meta_picked as (
    select
        * exclude (counts, amounts),
        list_filter(counts, lambda each: each.action_type = 'omni_purchase')[1].value as omni,
        list_filter(counts, lambda each: each.action_type = 'purchase')[1].value as plain,
        list_filter(amounts, lambda each: each.action_type = 'omni_purchase')[1].value as omni_amount,
        list_filter(amounts, lambda each: each.action_type = 'purchase')[1].value as plain_amount
    from meta_read
),

meta as (
    select
        * exclude (omni, plain, omni_amount, plain_amount),
        cast(coalesce(omni, plain, '0') as decimal(18, 6)) as reported_conversions,
        cast(
            case
                when omni is not null then coalesce(omni_amount, '0')
                when plain is not null then coalesce(plain_amount, '0')
                else coalesce(omni_amount, plain_amount, '0')
            end as decimal(18, 6)
        ) as reported_value_local
    from meta_picked
),

x as (
    select
        'x_ads' as platform,
        account_id,
        null::varchar as campaign_id,
        null::varchar as ad_group_id,
        id as ad_id,
        placement as breakdown,
        date as date_day,
        account_currency as currency,
        cast(coalesce(billed_charge_local_micro, 0) * 0.000001 as decimal(18, 6)) as spend_local,
        coalesce(impressions, 0) as impressions,
        coalesce(clicks, 0) as clicks,
        coalesce(url_clicks, 0) as link_clicks,
        coalesce(engagements, 0) as engagements,
        coalesce(video_total_views, 0) as video_views,
        _valid_from,
        _valid_to,
        case
            when payload like '%"conversion_purchases"%' then cast(coalesce(conversion_purchases, 0) as decimal(18, 6))
        end as reported_conversions,
        case
            when payload like '%"conversion_purchases"%'
                then cast(coalesce(conversion_purchases_sale_amount_local_micro, 0) * 0.000001 as decimal(18, 6))
        end as reported_value_local
    from read_parquet(
        getvariable('lake') || '/raw/x_ads/ad_daily/*/*.parquet', hive_partitioning = true, hive_types = {'date': date}
    )
),

tiktok as (
    select
        'tiktok_ads' as platform,
        account_id,
        campaign_id,
        adgroup_id as ad_group_id,
        ad_id,
        '' as breakdown,
        date as date_day,
        account_currency as currency,
        cast(spend as decimal(18, 6)) as spend_local,
        impressions,
        clicks,
        clicks as link_clicks,
        engagements,
        video_views,
        _valid_from,
        _valid_to,
        cast(complete_payments as decimal(18, 6)) as reported_conversions,
        cast(complete_payment_value as decimal(18, 6)) as reported_value_local
    from read_parquet(
        getvariable('lake') || '/raw/tiktok_ads/ad_daily/*/*.parquet',
        hive_partitioning = true, hive_types = {'date': date}
    )
),

versions as (
    from meta
    union all by name from x
    union all by name from tiktok
),

earlier as (
    select platform, account_id, ad_id, date_day, breakdown, min(_valid_from) as first_seen_at
    from versions
    where _valid_to is not null
    group by all
),

rates as (
    select currency, date as date_day, usd_per_unit
    from read_parquet(getvariable('lake') || '/raw/markets/fx_rates/*.parquet')
),

parents as (
    select ads.account_id, ads.id as ad_id, ads.line_item_id as ad_group_id, line_items.campaign_id
    from read_parquet(getvariable('lake') || '/raw/x_ads/ads/*.parquet') as ads
    join read_parquet(getvariable('lake') || '/raw/x_ads/ad_groups/*.parquet') as line_items
        on ads.account_id = line_items.account_id and ads.line_item_id = line_items.id
),

zones as (
    select 'meta_ads' as platform, account_id, timezone_name as zone, 28 as look_back
    from read_parquet(getvariable('lake') || '/raw/meta_ads/accounts/*.parquet')
    union all
    select 'x_ads', account_id, account_timezone, 30
    from read_parquet(getvariable('lake') || '/raw/x_ads/accounts/*.parquet')
    union all
    select 'tiktok_ads', account_id, account_timezone, 28
    from read_parquet(getvariable('lake') || '/raw/tiktok_ads/accounts/*.parquet')
),

pulls as (
    select
        log.party as platform,
        log.account_id,
        unnest(range(log.since, log.until, interval 1 day))::date as date_day,
        log.pulled_at,
        (log.pulled_at at time zone zones.zone)::date as pulled_on,
        zones.look_back
    from read_json(
        getvariable('lake') || '/loads/*.jsonl',
        format = 'newline_delimited',
        columns = {
            party: 'varchar', entity: 'varchar', account_id: 'varchar',
            since: 'date', until: 'date', pulled_at: 'timestamptz'
        }
    ) as log
    join zones on log.party = zones.platform and log.account_id = zones.account_id
    where log.entity = 'ad_daily'
),

newest as (
    select platform, account_id, max(pulled_on) as newest_on from pulls group by all
),

covered as (
    select
        platform,
        account_id,
        date_day,
        max(pulled_at) as last_pulled_at,
        date_day >= max(pulled_on) as is_partial_day,
        max(newest_on) - date_day > max(look_back) as is_past,
        max(pulled_on) - date_day > max(look_back) as was_read_past
    from pulls
    join newest using (platform, account_id)
    group by platform, account_id, date_day
)

select
    versions.platform,
    versions.account_id,
    coalesce(versions.campaign_id, parents.campaign_id) as campaign_id,
    coalesce(versions.ad_group_id, parents.ad_group_id) as ad_group_id,
    versions.ad_id,
    versions.breakdown,
    versions.date_day,
    versions.platform as source_party,
    versions.currency,
    covered.is_partial_day,
    covered.is_past
    and not covered.is_partial_day
    and (
        versions._valid_from < covered.last_pulled_at or (covered.was_read_past and earlier.first_seen_at is null)
    ) as is_final,
    versions.spend_local,
    cast(case when versions.currency = 'USD' then 1 else rates.usd_per_unit end as decimal(20, 12)) as usd_per_unit,
    cast(
        versions.spend_local
        * cast(case when versions.currency = 'USD' then 1 else rates.usd_per_unit end as decimal(20, 12))
        as decimal(18, 6)
    ) as spend_usd,
    versions.impressions,
    versions.clicks,
    versions.link_clicks,
    versions.engagements,
    versions.video_views,
    versions.reported_conversions,
    versions.reported_value_local,
    cast(
        versions.reported_value_local
        * cast(case when versions.currency = 'USD' then 1 else rates.usd_per_unit end as decimal(20, 12))
        as decimal(18, 6)
    ) as reported_value_usd,
    coalesce(earlier.first_seen_at, versions._valid_from) as first_seen_at,
    versions._valid_from as last_changed_at,
    covered.last_pulled_at
from versions
left join earlier using (platform, account_id, ad_id, date_day, breakdown)
left join rates on versions.currency = rates.currency and versions.date_day = rates.date_day
left join parents on versions.account_id = parents.account_id and versions.ad_id = parents.ad_id
left join covered
    on
        versions.platform = covered.platform
        and versions.account_id = covered.account_id
        and versions.date_day = covered.date_day
where versions._valid_to is null
