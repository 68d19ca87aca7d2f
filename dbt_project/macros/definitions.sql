{#- What people define, from the table `raw.definitions`, which is written before every build
    (`weir/definitions/` says what may stand in it). -#}

{% macro definition_bodies(kind) -%}
    {%- set table = load_relation(
        api.Relation.create(database=target.database, schema='raw', identifier='definitions')
    ) if execute else none -%}
    {%- if table is none -%} {{ return([]) }} {%- endif -%}
    {%- set found = run_query('select body from ' ~ table ~ " where kind = '" ~ kind ~ "'") -%}
    {%- set bodies = [] -%}
    {%- for row in found.rows -%} {%- do bodies.append(fromjson(row[0])) -%} {%- endfor -%}
    {{ return(bodies) }}
{%- endmacro %}

{#- The definitions of a kind (goal, funnel, retention, alias), by name: one dict each, with everything that was left
    out filled in. None while the project is parsed, and none where nothing was ever built. -#}
{% macro definitions(kind) -%}
    {{ return(definition_bodies(kind) | sort(attribute='name', case_sensitive=true)) }}
{%- endmacro %}

{#- What holds for every definition that does not say otherwise. Until a build has written it down: the defaults. -#}
{% macro workspace() -%}
    {%- set written = definition_bodies('workspace') -%}
    {{ return(written[0] if written else {
        'timezone': 'UTC',
        'week_start': 'monday',
        'base_currency': 'USD',
        'direct': 'exclude_if_any_other',
        'session_minutes': 30,
        'click_window_days': 7,
        'view_window_days': 1,
        'collapse_repeats': true,
        'roas_goal': 'purchase',
        'roas_model': 'first',
        'funnel_window_days': 14,
        'message_window_days': 7,
        'recovery_window_days': 30,
        'involuntary_reasons': [
            'payment_failed', 'payment_failure', 'failed_payment', 'non_payment', 'past_due', 'unpaid', 'card_declined',
            'card_expired', 'expired_card', 'insufficient_funds', 'chargeback', 'dispute', 'involuntary',
        ],
        'identity_cluster_limit': 50,
        'excluded_ids': ['market'],
    }) }}
{%- endmacro %}

{#- A text that people wrote, as SQL. -#}
{% macro text_literal(value) -%}
    '{{ (value | string) | replace("'", "''") }}'
{%- endmacro %}

{#- True for events of that type ("*" is any) whose properties say what `where` wants, a dict of property and value. -#}
{% macro event_matches(event_type, where={}, type_column='event_type', properties_column='properties') -%}
    {%- set wanted = [] -%}
    {%- if event_type != '*' -%}
        {%- do wanted.append(type_column ~ ' = ' ~ text_literal(event_type)) -%}
    {%- endif -%}
    {%- for name, value in where.items() -%}
        {%- do wanted.append(property_equals(properties_column, name, value)) -%}
    {%- endfor -%}
    ({{ wanted | join(' and ') if wanted else 'true' }})
{%- endmacro %}

{#- A property of a JSON object, as text; null where there is none. -#}
{% macro json_property(json_text, name) -%}
    {%- if target.type == 'duckdb' -%}
        json_extract_string({{ json_text }}, {{ text_literal('$."' ~ name ~ '"') }})
    {%- else -%}
        (cast({{ json_text }} as json) ->> {{ text_literal(name) }})
    {%- endif -%}
{%- endmacro %}

{#- Numbers compare as numbers (5 is 5.0), everything else as text; never null. -#}
{% macro property_equals(json_text, name, value) -%}
    {%- set found = json_property(json_text, name) -%}
    {%- if value is boolean -%}
        coalesce({{ found }} = '{{ value | string | lower }}', false)
    {%- elif value is number -%}
        (
            case when {{ found }} ~ '^-?[0-9]{1,30}([.][0-9]{1,30})?([eE][+-]?[0-9]{1,2})?$'
                then cast({{ found }} as double precision) = cast('{{ value }}' as double precision)
                else false
            end
        )
    {%- else -%}
        coalesce({{ found }} = {{ text_literal(value) }}, false)
    {%- endif -%}
{%- endmacro %}
