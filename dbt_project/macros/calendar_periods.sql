{#- Calendar periods (day, week, month) by date arithmetic on local days: never by week numbers, never by hours.
    A period is named by its first day. `week_start` is a day's name. -#}

{% macro period_start(day, period, week_start) -%}
    {%- if period == 'day' -%} {{ day }}
    {%- elif period == 'week' -%}
        ({{ day }} - cast(extract(isodow from {{ day }}) + {{ 7 - iso_weekday(week_start) }} as integer) % 7)
    {%- else -%} cast(date_trunc('month', {{ day }}) as date)
    {%- endif -%}
{%- endmacro %}

{#- The first day of the period that begins `n` periods after the one that begins on `first_day`. -#}
{% macro periods_after(first_day, n, period) -%}
    {%- set unit = 'month' if period == 'month' else 'day' -%}
    cast({{ first_day }} + cast({{ n }} as integer) * interval '{{ 7 if period == 'week' else 1 }} {{ unit }}' as date)
{%- endmacro %}

{#- How many periods lie between two first days; an integer, negative where `later` is earlier. -#}
{% macro periods_between(earlier, later, period) -%}
    {%- if period == 'month' -%}
        cast(
            (extract(year from {{ later }}) - extract(year from {{ earlier }})) * 12
            + extract(month from {{ later }}) - extract(month from {{ earlier }}) as integer
        )
    {%- else -%}
        cast(({{ later }} - {{ earlier }}) / {{ 7 if period == 'week' else 1 }} as integer)
    {%- endif -%}
{%- endmacro %}

{% macro iso_weekday(name) -%}
    {{ return({
        'monday': 1, 'tuesday': 2, 'wednesday': 3, 'thursday': 4, 'friday': 5, 'saturday': 6, 'sunday': 7,
    }[name]) }}
{%- endmacro %}

{#- How long a period is where windows of 24 hours are counted instead of calendar days. -#}
{% macro hours_of(period) -%}
    {{ return({'day': 24, 'week': 168}[period]) }}
{%- endmacro %}
