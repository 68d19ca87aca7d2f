with

pulled as (

    {% for party in var('ad_platforms') %}
    select
        '{{ party }}' as source_party,
        {{ ad_day_columns() | join(', ') }}
    from {{ ref('stg_' ~ party ~ '__ad_daily') }}
    {{- '\n\n    union all\n' if not loop.last }}
    {% endfor %}

)

select * from pulled

{% for party in var('imported_ad_parties') %}
union all

-- A day that a connector has pulled is not counted a second time from a file that tells of the same account.
select
    '{{ party }}' as source_party,
    {{ ad_day_columns() | join(', ') }}
from {{ ref('stg_' ~ party ~ '__ad_daily') }} as brought
where
    not exists (
        select 1
        from {{ ref('int_account_days__pulled') }} as account_days
        where
            account_days.source_party = brought.platform
            and account_days.account_id = brought.account_id
            and account_days.date_day = brought.date_day
    )
{% endfor %}
