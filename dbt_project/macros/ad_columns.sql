{#- The columns every platform's staging model of an entity offers, in order. The unions in intermediate name them
    one by one, so a platform that forgets one fails to build instead of shifting its neighbours. -#}

{% macro ad_day_columns() -%}
    {{ return([
        'platform', 'account_id', 'campaign_id', 'ad_group_id', 'ad_id', 'breakdown', 'date_day',
        'currency', 'spend_local', 'impressions', 'clicks', 'link_clicks', 'engagements', 'video_views',
        'reported_conversions', 'reported_value_local', 'valid_from', 'valid_to',
    ]) }}
{%- endmacro %}

{% macro account_day_columns() -%}
    {{ return([
        'platform', 'account_id', 'date_day', 'currency', 'spend_local', 'impressions', 'clicks',
        'valid_from', 'valid_to',
    ]) }}
{%- endmacro %}

{% macro account_columns() -%}
    {{ return([
        'platform', 'account_id', 'account_name', 'currency', 'account_timezone', 'platform_status',
        'valid_from', 'valid_to',
    ]) }}
{%- endmacro %}

{% macro campaign_columns() -%}
    {{ return([
        'platform', 'account_id', 'campaign_id', 'campaign_name', 'status', 'platform_status', 'objective',
        'daily_budget_local', 'lifetime_budget_local', 'currency', 'created_at', 'updated_at',
        'valid_from', 'valid_to',
    ]) }}
{%- endmacro %}

{% macro ad_group_columns() -%}
    {{ return([
        'platform', 'account_id', 'ad_group_id', 'campaign_id', 'ad_group_name', 'status', 'platform_status',
        'daily_budget_local', 'lifetime_budget_local', 'currency', 'created_at', 'updated_at',
        'valid_from', 'valid_to',
    ]) }}
{%- endmacro %}

{% macro ad_columns() -%}
    {{ return([
        'platform', 'account_id', 'ad_id', 'ad_group_id', 'campaign_id', 'creative_id', 'ad_name', 'status',
        'platform_status', 'created_at', 'updated_at', 'valid_from', 'valid_to',
    ]) }}
{%- endmacro %}

{% macro creative_columns() -%}
    {{ return([
        'platform', 'account_id', 'creative_id', 'creative_name', 'headline', 'body', 'landing_page',
        'call_to_action', 'media_ref', 'valid_from', 'valid_to',
    ]) }}
{%- endmacro %}

{#- One entity of every platform on var `ad_platforms`, stacked. -#}
{% macro union_platforms(entity, columns) -%}
    {%- for party in var('ad_platforms') %}
    select {{ columns | join(', ') }} from {{ ref('stg_' ~ party ~ '__' ~ entity) }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The newest version of each object among those known: one row per `keys`, with when it was first and last seen. -#}
{% macro newest_versions(relation, keys) -%}
    select
        versions.*,
        min(valid_from) over (partition by {{ keys | join(', ') }}) as first_seen_at,
        row_number() over (partition by {{ keys | join(', ') }} order by valid_from desc) as recency
    from {{ relation }} as versions
    where {{ had_happened('valid_from') }}
{%- endmacro %}
