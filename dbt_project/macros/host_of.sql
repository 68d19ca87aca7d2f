{#- The host of an address, in lower case and without `www.`; null where there is none. -#}
{% macro host_of(address) -%}
    nullif(
        case
            when {{ address }} like '%://%'
                then regexp_replace(
                    split_part(
                        split_part(split_part(split_part(lower({{ address }}), '://', 2), '/', 1), '?', 1), ':', 1
                    ),
                    '^www[.]', ''
                )
        end,
        ''
    )
{%- endmacro %}

{#- The ad platform whose click an address carries, by the name of the parameter with the click's id. -#}
{% macro platform_of_click(address) -%}
    case
        {%- for parameter, platform in {
            'fbclid': 'meta_ads', 'twclid': 'x_ads', 'ttclid': 'tiktok_ads', 'gclid': 'google_ads', 'msclkid': 'microsoft_ads'
        }.items() %}
        when {{ address }} like '%?{{ parameter }}=_%' or {{ address }} like '%&{{ parameter }}=_%' then '{{ platform }}'
        {%- endfor %}
    end
{%- endmacro %}
