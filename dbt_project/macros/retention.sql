{#- What the models of retention ask of one definition (`Retention` in weir/definitions says what it holds). -#}

{#- True for local days from the range's first to the last before its end. -#}
{% macro falls_in_range(local_day, range) -%}
    {%- set wanted = [] -%}
    {%- if range['from'] -%} {%- do wanted.append(local_day ~ " >= date '" ~ range['from'] ~ "'") -%} {%- endif -%}
    {%- if range['to'] -%} {%- do wanted.append(local_day ~ " < date '" ~ range['to'] ~ "'") -%} {%- endif -%}
    {{ wanted | join(' and ') or 'true' }}
{%- endmacro %}

{#- True for a period of which the range leaves only a part. -#}
{% macro is_cut_by_range(first_day, period, range) -%}
    {%- set cuts = [] -%}
    {%- if range['from'] -%} {%- do cuts.append(first_day ~ " < date '" ~ range['from'] ~ "'") -%} {%- endif -%}
    {%- if range['to'] -%}
        {%- do cuts.append(periods_after(first_day, 1, period) ~ " > date '" ~ range['to'] ~ "'") -%}
    {%- endif -%}
    {{ cuts | join(' or ') or 'false' }}
{%- endmacro %}

{#- The cells of every cohort as rows: number, first and last period. Cell 0 is the cohort itself: period 0, or the first
    bracket where it holds that. A rolling cell has no last period; here it is the first, which makes it ripe. -#}
{% macro retention_cells(retention) -%}
    {%- if retention.kind == 'bracketed' -%}
        {%- set brackets = ([] if 0 in retention.brackets[0] else [[0]]) + retention.brackets -%}
        {%- for bracket in brackets %}
    select
        {{ loop.index0 }} as k,
        {{ bracket[0] }} as period_from,
        {{ bracket[-1] }} as period_to
    {{- '\n    union all' if not loop.last }}
        {%- endfor -%}
    {%- else -%}
    select
        cast(series.k as integer) as k,
        cast(series.k as integer) as period_from,
        cast(series.k as integer) as period_to
    from generate_series(0, {{ retention.periods }}) as series (k)
    {%- endif -%}
{%- endmacro %}

{#- The last period that a definition tells of. -#}
{% macro last_period(retention) -%}
    {%- set told = retention.brackets | sum(start=[]) if retention.kind == 'bracketed' else [retention.periods] -%}
    {{ return(told | max) }}
{%- endmacro %}

{#- The names of the definitions that are also told for each value of a breakdown. -#}
{% macro sliced_by(breakdown) -%}
    {%- for retention in definitions('retention') if breakdown in retention.breakdowns -%}
        {{ text_literal(retention.name) }} {{- ', ' if not loop.last }}
    {%- else -%} null
    {%- endfor -%}
{%- endmacro %}

{#- Which of its own periods a member was in at an instant: 0 is the cohort's. -#}
{% macro periods_since_start(starts, instant, retention) -%}
    {%- if retention.clock == 'elapsed' -%}
    cast(
        floor(
            ({{ microseconds_of(instant) }} - {{ microseconds_of(starts ~ '.started_at') }})
            / cast({{ hours_of(retention.period) * 3600000000 }} as float8)
        ) as integer
    )
    {%- else -%}
    {%- set local_day = local_date(instant, text_literal(retention.timezone)) -%}
    {{ periods_between(
        starts ~ '.cohort_period', period_start(local_day, retention.period, retention.week_start), retention.period
    ) }}
    {%- endif -%}
{%- endmacro %}

{#- Whether a cell's last period is wholly over. By the elapsed clock: for whoever started last, when nobody can join any
    more. -#}
{% macro is_cell_over(cohorts, last_period, as_of, retention) -%}
    {%- set today = local_date(as_of, text_literal(retention.timezone)) -%}
    {%- set first_day = cohorts ~ '.cohort_period' -%}
    {%- if retention.clock == 'elapsed' -%}
    {{ today }} >= {{ periods_after(first_day, 1, retention.period) }}
    and {{ as_of }}
    >= {{ cohorts }}.last_started_at + ({{ last_period }} + 1) * interval '{{ hours_of(retention.period) }} hours'
    {%- else -%}
    {{ today }} >= {{ periods_after(first_day, last_period ~ ' + 1', retention.period) }}
    {%- endif -%}
{%- endmacro %}
