{#- What a price is worth in a month. Factors are rounded up in their last digit, so that exact halves stay halves. -#}
{% macro payments_a_month(interval) -%}
    cast(
        case {{ interval }} when 'year' then 0.083333333333334 when 'week' then 4.333333333333334 else 1 end
        as decimal(18, 15)
    )
{%- endmacro %}

{#- The same for a period told in days: what is as long as a month, quarter, half-year or year is one. -#}
{% macro payments_a_month_of_days(days) -%}
    cast(
        case
            when {{ days }} between 28 and 31 then 1
            when {{ days }} between 365 and 366 then 0.083333333333334
            when {{ days }} between 89 and 92 then 0.333333333333334
            when {{ days }} between 181 and 184 then 0.166666666666667
            when {{ days }} % 7 = 0 then cast(30.333333333333333 / {{ days }} as decimal(18, 12))
            else cast(30.416666666666667 / {{ days }} as decimal(18, 12))
        end as decimal(18, 15)
    )
{%- endmacro %}

{#- Statuses in which nothing is paid, so the period counts 0; past_due counts until it ends. -#}
{% macro unpaid_statuses() -%}
    {{ return(['trialing', 'paused', 'drafted']) }}
{%- endmacro %}

{#- A calendar month as a number, counted from January 1970, and its first day again. -#}
{% macro month_number(day) -%}
    {{ periods_between("date '1970-01-01'", day, 'month') }}
{%- endmacro %}

{% macro month_of_number(number) -%}
    {{ periods_after("date '1970-01-01'", number, 'month') }}
{%- endmacro %}

{#- What can happen to a customer's monthly revenue from one month's end to the next. -#}
{% macro mrr_movements() -%}
    {{ return(['new', 'reactivation', 'expansion', 'contraction', 'churn']) }}
{%- endmacro %}

{#- How long after a failure a payment counts as recovered: hours, because a day may have 23 of them. -#}
{% macro recovery_window_hours() -%}
    {{ return(workspace().recovery_window_days * 24) }}
{%- endmacro %}
