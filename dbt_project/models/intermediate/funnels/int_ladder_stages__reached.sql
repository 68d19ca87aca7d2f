-- depends_on: {{ ref('int_events__identified') }}, {{ ref('int_funnel_happenings__unioned') }}

with

users as (

    select
        person_id,
        first_seen_at
    from {{ ref('dim_people') }}
    where is_user

),

happened as (

    select
        cast(null as text) as ladder,
        cast(null as text) as stage,
        cast(null as integer) as place,
        cast(null as bigint) as times,
        cast(null as text) as person_id,
        cast(null as timestamptz) as occurred_at
    where false
    {% for ladder in definitions('ladder') -%}
    {%- for stage in ladder.stages if stage.event %}
    union all

    select
        {{ text_literal(ladder.name) }} as ladder,
        {{ text_literal(stage.stage) }} as stage,
        {{ loop.index + 1 }} as place,
        {{ stage.times }} as times,
        person_id,
        occurred_at
    {%- if stage.entity == 'events' %}
    from {{ ref('int_events__identified') }}
    where {{ takes(stage) }}
    {%- else %}
    from {{ ref('int_funnel_happenings__unioned') }}
    where entity = {{ text_literal(stage.entity) }} and {{ takes(stage) }}
    {%- endif %}
    {%- endfor %}
    {%- endfor %}

),

-- The event that made them enough.
reached as (

    select
        ladder,
        stage,
        place,
        person_id,
        min(occurred_at) as reached_at
    from happened
    where times = 1
    group by 1, 2, 3, 4

    union all

    select
        ladder,
        stage,
        place,
        person_id,
        occurred_at as reached_at
    from (
        select
            happened.*,
            row_number() over (partition by ladder, place, person_id order by occurred_at asc) as n
        from happened
        where times > 1
    ) as numbered
    where n = times

)

{% for ladder in definitions('ladder') -%}
select
    {{ text_literal(ladder.name) }} as ladder,
    {{ text_literal(ladder.stages[0].stage) }} as stage,
    1 as place,
    person_id,
    first_seen_at as reached_at
from users

union all

{% endfor -%}
select
    reached.ladder,
    reached.stage,
    reached.place,
    reached.person_id,
    reached.reached_at
from reached
inner join users on reached.person_id = users.person_id
