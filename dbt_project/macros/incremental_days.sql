{#- Incremental models are rebuilt by whole account-local days.

    `int_days__touched` says by which load each day was last touched; `intermediate.incremental_state` says up to
    which load, and under which settings, a model was built. The days in between are deleted and inserted in one
    transaction, so a day that became empty vanishes. Days, not account-days: a list of days prunes the lake's
    files, and rebuilding a neighbour's day costs little and changes nothing. -#}

{% macro incremental_state() -%}
    {{ return(api.Relation.create(database=target.database, schema='intermediate', identifier='incremental_state')) }}
{%- endmacro %}

{% macro create_incremental_state() -%}
    create schema if not exists intermediate;
    create table if not exists {{ incremental_state() }} (model text, settings text, load_seq bigint);
{%- endmacro %}

{#- What, when changed, makes every stored day stale. -#}
{% macro incremental_settings() -%}
    {{ return('as_of=' ~ (as_of() or 'newest') ~ ' fx_carry_days=' ~ var('fx_carry_days')) }}
{%- endmacro %}

{#- The days a model has to rebuild: a list of ISO dates, or none, which means every day.
    Beside the touched ones: days with ads whose campaign was unknown when they were built and is known now.
    Every day: a first or full build, other settings than last time, or a lake that was itself rebuilt and
    numbers its loads anew. -#}
{% macro days_to_rebuild() -%}
    {%- set touched = ref('int_days__touched') -%}
    {%- set parents = ref('int_ads__parents') -%}
    {%- if not execute or not is_incremental() -%} {{ return(none) }} {%- endif -%}
    {%- set state = run_query(
        "select load_seq, (select coalesce(max(load_seq), 0) from " ~ touched ~ ") from " ~ incremental_state()
        ~ " where model = '" ~ this.identifier ~ "' and settings = '" ~ incremental_settings() ~ "'"
    ) -%}
    {%- if state.rows | length == 0 or state.rows[0][0] > state.rows[0][1] -%} {{ return(none) }} {%- endif -%}
    {%- set days = run_query(
        "select cast(date_day as text) from " ~ touched ~ " where load_seq > " ~ state.rows[0][0]
        ~ " union select cast(ad_days.date_day as text) from " ~ this ~ " as ad_days inner join " ~ parents
        ~ " as parents on ad_days.ad_id = parents.ad_id and ad_days.account_id = parents.account_id"
        ~ " and ad_days.platform = parents.platform"
        ~ " where ad_days.campaign_id is null and parents.campaign_id is not null order by 1"
    ) -%}
    {{ return(days.columns[0].values() | list) }}
{%- endmacro %}

{#- The condition that keeps those days; a list of constants, because both engines prune files and indexes by it. -#}
{% macro falls_in(column, days) -%}
    {%- if days is none -%} true
    {%- elif days | length == 0 -%} false
    {%- else -%}
        {{ column }} in (
        {%- for day in days -%} date '{{ day }}' {{- ', ' if not loop.last }} {%- endfor -%}
        )
    {%- endif -%}
{%- endmacro %}

{#- The incremental strategy `replace_days`. -#}
{% macro get_incremental_replace_days_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }} where {{ falls_in('date_day', days_to_rebuild()) }};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{%- endmacro %}

{#- Post-hook, inside the model's transaction: the load it is now built up to. -#}
{% macro remember_days_built() -%}
    delete from {{ incremental_state() }} where model = '{{ this.identifier }}';
    insert into {{ incremental_state() }} (model, settings, load_seq)
    select '{{ this.identifier }}', '{{ incremental_settings() }}', coalesce(max(load_seq), 0)
    from {{ ref('int_days__touched') }};
{%- endmacro %}
