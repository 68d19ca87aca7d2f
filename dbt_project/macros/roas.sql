{#- What every mart of returns on spend adds up and divides: sum first, then divide, so that no ratio is ever added. -#}

{#- Columns with attributed dollars; one that lacks a rate somewhere is null. -#}
{% macro attributed_values() -%}
    {%- set names = ['attributed_value_usd', 'attributed_value_by_conversion_day_usd'] -%}
    {%- for model in attribution_models() -%} {%- do names.append('value_' ~ model ~ '_usd') -%} {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- A sum that is unknown as soon as one of its parts is. -#}
{% macro sum_if_all_known(amount, unknown) -%}
    case when sum(case when {{ unknown }} then 1 else 0 end) = 0 then sum({{ amount }}) end
{%- endmacro %}

{#- The sums of a rollup of fct_roas_daily. -#}
{% macro roas_sums() -%}
    cast({{ sum_if_all_known('spend_usd', 'spend_rows_without_rate > 0') }} as decimal(38, 6)) as spend_usd,
    cast(sum(impressions) as bigint) as impressions,
    cast(sum(clicks) as bigint) as clicks,
    cast(sum(link_clicks) as bigint) as link_clicks,
    cast(sum(reported_conversions) as decimal(38, 6)) as reported_conversions,
    cast({{ sum_if_all_known('reported_value_usd', 'claims_without_rate > 0') }} as decimal(38, 6)) as reported_value_usd,
    cast(sum(attributed_conversions) as decimal(38, 9)) as attributed_conversions,
    cast(sum(attributed_conversions_by_conversion_day) as decimal(38, 9)) as attributed_conversions_by_conversion_day,
    {% for value in attributed_values() -%}
    cast({{ sum_if_all_known(value, value ~ ' is null') }} as decimal(38, 6)) as {{ value }},
    {% endfor -%}
    cast(sum(rows_without_rate) as bigint) as rows_without_rate,
    cast(sum(spend_rows_without_rate) as bigint) as spend_rows_without_rate,
    cast(sum(claims_without_rate) as bigint) as claims_without_rate
{%- endmacro %}

{% macro roas_ratios() -%}
    {{ ratio('attributed_value_usd', 'spend_usd') }} as roas,
    {{ ratio('spend_usd', 'attributed_conversions') }} as cpa_usd,
    {{ ratio('reported_value_usd', 'spend_usd') }} as reported_roas,
    {{ ratio('reported_conversions', 'attributed_conversions') }} as over_claim_ratio
{%- endmacro %}

{#- One amount for another; null where there is nothing to divide by. -#}
{% macro ratio(amount, base) -%}
    {{ estimate(
        'cast(cast(' ~ amount ~ ' as decimal(28, 6)) as float8)'
        ~ ' / nullif(cast(cast(' ~ base ~ ' as decimal(28, 6)) as float8), 0)'
    ) }}
{%- endmacro %}

{#- The channel under which a platform's spend stands: that of a paid click whose link names the platform. -#}
{% macro channel_of_platform(category) -%}
    case {{ category }}
        when 'search' then 'Paid Search'
        when 'social' then 'Paid Social'
        when 'video' then 'Paid Video'
        when 'shopping' then 'Paid Shopping'
        else 'Paid Other'
    end
{%- endmacro %}

{#- A cohort of fct_roas_curve as one text, so that those without an ad find their like too. -#}
{% macro cohort_id(level, columns) -%}
    concat_ws(
        '|', '{{ level }}', cast(acquired_day as text)
        {%- for column in columns %}, coalesce(replace({{ column }}, '|', '||'), ' | '){% endfor -%}
    )
{%- endmacro %}
