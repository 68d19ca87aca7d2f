{#- Channel grouping: which channel an arrival came by, from what its link and its referring page say. The order of the
    rules is part of them: the first that holds names the channel. -#}

{% macro channel_of(source, medium, campaign, category, host) -%}
    case
        when {{ source }} is null and {{ medium }} is null and {{ campaign }} is null and {{ host }} is null then 'Direct'
        when {{ campaign }} like '%cross-network%' then 'Cross-network'
        when {{ is_paid_link(medium) }} and ({{ category }} = 'shopping' or {{ names_a_shop(campaign) }})
            then 'Paid Shopping'
        when {{ is_paid_link(medium) }} and {{ category }} = 'search' then 'Paid Search'
        when {{ is_paid_link(medium) }} and {{ category }} = 'social' then 'Paid Social'
        when {{ is_paid_link(medium) }} and {{ category }} = 'video' then 'Paid Video'
        when {{ is_display(medium) }} then 'Display'
        when {{ is_paid_link(medium) }} then 'Paid Other'
        when {{ category }} = 'shopping' or {{ names_a_shop(campaign) }} then 'Organic Shopping'
        when
            {{ category }} = 'social'
            or {{ medium }} in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
            then 'Organic Social'
        when {{ category }} = 'video' or {{ medium }} like '%video%' then 'Organic Video'
        when {{ category }} = 'search' or {{ medium }} = 'organic' then 'Organic Search'
        when {{ medium }} in ('referral', 'app', 'link') then 'Referral'
        when {{ category }} = 'email' or {{ medium }} in ('email', 'e-mail', 'e_mail', 'e mail') then 'Email'
        when {{ medium }} in ('affiliate', 'affiliates') then 'Affiliates'
        when {{ medium }} = 'audio' then 'Audio'
        when {{ category }} = 'sms' or {{ medium }} = 'sms' then 'SMS'
        when
            {{ category }} = 'push'
            or {{ medium }} like '%push'
            or {{ medium }} like '%mobile%'
            or {{ medium }} like '%notification%'
            then 'Push'
        else 'Unassigned'
    end
{%- endmacro %}

{#- Channels whose arrivals cost money. -#}
{% macro paid_channels() -%}
    {{ return([
        'Cross-network', 'Paid Shopping', 'Paid Search', 'Paid Social', 'Paid Video', 'Display', 'Paid Other',
    ]) }}
{%- endmacro %}

{% macro is_paid_link(medium) -%}
    ({{ medium }} like '%cp%' or {{ medium }} in ('ppc', 'retargeting') or {{ medium }} like 'paid%')
{%- endmacro %}

{% macro is_display(medium) -%}
    {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm')
{%- endmacro %}

{% macro is_paid_medium(medium) -%}
    ({{ is_paid_link(medium) }} or {{ is_display(medium) }})
{%- endmacro %}

{#- `shop` at the beginning of a word, or `shopping` anywhere. -#}
{% macro names_a_shop(campaign) -%}
    {{ campaign }} ~ '^(.*(([^a-df-z]|^)shop|shopping).*)$'
{%- endmacro %}
