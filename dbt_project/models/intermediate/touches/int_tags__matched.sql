{{ config(materialized='table') }}

with

tags as (

    select
        tags_id,
        platform,
        campaign_id,
        ad_id,
        source_word,
        medium_word,
        campaign_word,
        content_word,
        referrer_host,
        has_click_id,
        has_referral_code,
        medium_word is null or {{ is_paid_medium('medium_word') }} as may_be_an_ad
    from {{ ref('int_touches__identified') }}
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11

),

sources as (

    select * from {{ ref('channel_sources') }}

),

told_hosts as (

    select distinct referrer_host
    from tags
    where referrer_host is not null

),

-- Of several entries for a host the longest is the most exact: mail.google.com is not google.
hosts as (

    select
        found.referrer_host,
        sources.category,
        row_number() over (
            partition by found.referrer_host order by length(sources.source) desc, {{ by_bytes('sources.source') }} asc
        ) as exactness
    from told_hosts as found
    inner join sources
        on
            (
                sources.matches = 'host'
                and (found.referrer_host = sources.source or found.referrer_host like '%.' || sources.source)
            )
            or (
                sources.matches = 'brand'
                and found.referrer_host ~ ('^(.*[.])?' || sources.source || '[.][a-z]{2,3}([.][a-z]{2})?$')
            )

),

platforms as (

    select distinct platform from {{ ref('int_campaigns__known') }}

),

-- What a link's tags mean: whose ad it may be, and the campaign's name as it should have been spelled.
read as (

    select
        tags.*,
        words.category as word_category,
        case when tags.source_word is null then hosts.category end as host_category,
        coalesce(tags.platform, platforms.platform, words.platform) as ads_platform,
        coalesce(aliases.meant_word, tags.campaign_word) as campaign_meant
    from tags
    left join sources as words
        on
            tags.source_word = words.source
            and words.matches = 'word'
    left join hosts
        on
            tags.referrer_host = hosts.referrer_host
            and hosts.exactness = 1
    left join platforms on tags.source_word = platforms.platform
    left join {{ ref('int_utm_aliases__defined') }} as aliases
        on
            tags.source_word = aliases.source_word
            and tags.campaign_word = aliases.spelled_word

),

-- Ids are looked for on the platform that the link speaks of; where it speaks of none, an id that only one has will do.
ads as (

    select
        lower(ad_id) as ad_key,
        platform as asked_of,
        platform,
        account_id,
        campaign_id,
        ad_group_id,
        ad_id,
        creative_id
    from {{ ref('int_ads__known') }}

    union all

    select
        lower(ad_id) as ad_key,
        '' as asked_of,
        max(platform) as platform,
        max(account_id) as account_id,
        max(campaign_id) as campaign_id,
        max(ad_group_id) as ad_group_id,
        max(ad_id) as ad_id,
        max(creative_id) as creative_id
    from {{ ref('int_ads__known') }}
    group by 1
    having count(*) = 1

),

campaigns as (

    select
        lower(campaign_id) as campaign_key,
        platform as asked_of,
        platform,
        account_id,
        campaign_id
    from {{ ref('int_campaigns__known') }}

    union all

    select
        lower(campaign_id) as campaign_key,
        '' as asked_of,
        max(platform) as platform,
        max(account_id) as account_id,
        max(campaign_id) as campaign_id
    from {{ ref('int_campaigns__known') }}
    group by 1
    having count(*) = 1

),

-- A name counts on its own platform only, and only where it is one campaign's.
names as (

    select
        platform,
        name_word,
        max(account_id) as account_id,
        max(campaign_id) as campaign_id
    from {{ ref('int_campaigns__known') }}
    where name_word <> ''
    group by 1, 2
    having count(*) = 1

),

matched as (

    select
        read.*,
        ads.ad_group_id,
        ads.creative_id,
        coalesce(read.ad_id, ads.ad_id) as matched_ad_id,
        coalesce(
            read.campaign_id, ads.campaign_id, campaigns.campaign_id, names.campaign_id
        ) as matched_campaign_id,
        coalesce(ads.account_id, campaigns.account_id, names.account_id) as account_id,
        coalesce(
            read.platform, ads.platform, campaigns.platform, names.platform, read.ads_platform
        ) as matched_platform,
        case
            when read.ad_id is not null or read.campaign_id is not null then 'click_id'
            when ads.ad_id is not null or campaigns.campaign_id is not null then 'utm_id'
            when names.campaign_id is not null then 'name_alias'
            else 'channel_only'
        end as match_rung
    from read
    left join ads
        on
            coalesce(lower(read.ad_id), case when read.may_be_an_ad then lower(read.content_word) end) = ads.ad_key
            and coalesce(read.ads_platform, '') = ads.asked_of
    left join campaigns
        on
            coalesce(lower(read.campaign_id), case when read.may_be_an_ad then read.campaign_meant end)
            = campaigns.campaign_key
            and coalesce(read.ads_platform, '') = campaigns.asked_of
    left join names
        on
            read.campaign_meant = names.name_word
            and read.ads_platform = names.platform
            and read.may_be_an_ad

),

-- What a link says of itself counts. Where it says nothing, an ad's id, a click's id or an ad platform make it an ad's,
-- and a page of another site or somebody's code make it a referral.
mediums as (

    select
        matched.*,
        case
            when ad_id is not null or campaign_id is not null
                then case when {{ is_paid_medium('medium_word') }} then medium_word else 'paid' end
            when medium_word is not null then medium_word
            when has_click_id or platform is not null or match_rung <> 'channel_only' then 'paid'
            when source_word is null and (has_referral_code or (referrer_host is not null and host_category is null))
                then 'referral'
        end as medium
    from matched

),

categories as (

    select
        mediums.*,
        coalesce(
            mediums.word_category,
            mediums.host_category,
            case when {{ is_paid_medium('mediums.medium') }} then platform_words.category end
        ) as category
    from mediums
    left join sources as platform_words
        on
            mediums.matched_platform = platform_words.source
            and platform_words.matches = 'word'

),

channels as (

    select
        categories.*,
        {{ channel_of(
            source='source_word', medium='medium', campaign='campaign_meant', category='category', host='referrer_host'
        ) }} as channel
    from categories

),

told as (

    select
        channels.*,
        channel in ({{ quoted_names(paid_channels()) }}) as is_paid
    from channels

)

select
    tags_id,
    case when is_paid then matched_platform end as platform,
    case when match_rung <> 'channel_only' then account_id end as account_id,
    matched_campaign_id as campaign_id,
    ad_group_id,
    matched_ad_id as ad_id,
    creative_id,
    match_rung,
    channel,
    is_paid,
    channel = 'Direct' as is_direct,
    campaign_meant
from told
