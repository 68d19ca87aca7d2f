{%- set measures = [
    'conversions', 'value_local', 'value_usd', 'refunded_conversions', 'refunded_value_local', 'refunded_value_usd',
    'rows_without_rate', 'refunds_without_rate',
] %}
{#- Totals of the textbook. Shapley: a conversion counts for every set of channels that holds all channels of its path;
    hence those channels share it equally, and that is the Shapley value exactly, for any number of channels. Markov:
    the removal effects of a goal's channels share all its conversions that have a path. -#}

with

path_channels as (

    select distinct
        goal,
        path_id,
        channel
    from {{ ref('int_paths__steps') }}
    where is_converting

),

path_sets as (

    select
        path_id,
        string_agg(channel, ' + ' order by {{ by_bytes('channel') }}) as channel_set
    from path_channels
    group by 1

),

-- A refund takes away where its conversion gave, but stands in columns of its own: the textbook knows no refunds.
told as (

    select
        conversions.goal,
        conversions.currency,
        path_sets.channel_set,
        conversions.kind = 'refund' as is_refund,
        conversions.conversions,
        conversions.value_local,
        conversions.value_usd,
        conversions.rows_without_rate
    from {{ ref('fct_conversions') }} as conversions
    left join path_sets
        on coalesce(conversions.of_conversion_id, conversions.conversion_id) = path_sets.path_id

),

totals as (

    select
        goal,
        currency,
        channel_set,
        sum(case when not is_refund then conversions else 0 end) as conversions,
        sum(case when not is_refund then value_local end) as value_local,
        sum(case when not is_refund then value_usd end) as value_usd,
        sum(case when is_refund then conversions else 0 end) as refunded_conversions,
        sum(case when is_refund then value_local else 0 end) as refunded_value_local,
        sum(case when is_refund then value_usd else 0 end) as refunded_value_usd,
        sum(case when is_refund then 0 else rows_without_rate end) as rows_without_rate,
        sum(case when is_refund then rows_without_rate else 0 end) as refunds_without_rate
    from told
    group by 1, 2, 3

),

-- What is shared out together: by Markov all that has a path, by Shapley all whose paths have the same channels.
pots as (

    select
        'shapley' as model,
        goal,
        currency,
        {% for measure in measures -%}
        {{ measure }},
        {% endfor -%}
        channel_set
    from totals
    where channel_set is not null

    union all

    select
        'markov' as model,
        goal,
        currency,
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        '' as channel_set
    from totals
    where channel_set is not null
    group by 1, 2, 3

),

set_channels as (

    select distinct
        path_channels.goal,
        path_sets.channel_set,
        path_channels.channel
    from path_channels
    inner join path_sets
        on path_channels.path_id = path_sets.path_id

),

weights as (

    select
        'shapley' as model,
        goal,
        channel_set,
        channel,
        cast(null as float8) as removal_effect,
        cast(1 as bigint) as weight
    from set_channels

    union all

    select
        'markov' as model,
        goal,
        '' as channel_set,
        channel,
        removal_effect,
        {{ whole_weight('removal_effect') }} as weight
    from {{ ref('int_channels__removal_effects') }}

),

running as (

    select
        weights.*,
        sum(weight) over (
            partition by model, goal, channel_set order by {{ by_bytes('channel') }}
            rows between unbounded preceding and current row
        ) as up_to,
        sum(weight) over (partition by model, goal, channel_set) as total
    from weights

),

models as (

    select 'shapley' as model
    union all
    select 'markov' as model

),

shares as (

    select
        model,
        goal,
        channel_set,
        channel,
        removal_effect,
        {{ share_up_to('up_to - weight', 'total') }} as share_from,
        {{ share_up_to('up_to', 'total') }} as share_to
    from running

),

lines as (

    select
        pots.*,
        shares.channel,
        shares.removal_effect,
        shares.share_from,
        shares.share_to
    from pots
    inner join shares
        on
            pots.model = shares.model
            and pots.goal = shares.goal
            and pots.channel_set = shares.channel_set

    union all

    -- Whatever is on no path: no touch before it, or only such as an earlier conversion had already.
    select
        models.model,
        totals.goal,
        totals.currency,
        {% for measure in measures -%}
        totals.{{ measure }},
        {% endfor -%}
        totals.channel_set,
        'Unattributed' as channel,
        cast(null as float8) as removal_effect,
        cast(0 as decimal(18, 15)) as share_from,
        cast(1 as decimal(18, 15)) as share_to
    from totals
    cross join models
    where totals.channel_set is null

),

pieces as (

    select
        model,
        channel,
        goal,
        currency,
        removal_effect,
        rows_without_rate,
        refunds_without_rate,
        {{ piece_of('conversions', 'share_from', 'share_to', places=9) }} as conversions,
        {{ piece_of('refunded_conversions', 'share_from', 'share_to', places=9) }} as refunded_conversions,
        {{ piece_of('value_local', 'share_from', 'share_to') }} as value_local,
        {{ piece_of('value_usd', 'share_from', 'share_to') }} as value_usd,
        {{ piece_of('refunded_value_local', 'share_from', 'share_to') }} as refunded_value_local,
        {{ piece_of('refunded_value_usd', 'share_from', 'share_to') }} as refunded_value_usd
    from lines

)

select
    -- ids
    goal,
    model,
    channel,
    currency,

    -- dimensions
    channel <> 'Unattributed' as is_attributed,

    -- measures
    cast(max(removal_effect) as decimal(18, 9)) as removal_effect,
    cast(sum(conversions) as decimal(38, 9)) as conversions,
    cast(sum(value_local) as decimal(38, 6)) as value_local,
    cast({{ sum_in_usd('value_usd', 'rows_without_rate') }} as decimal(38, 6)) as value_usd,
    cast(sum(refunded_conversions) as decimal(38, 9)) as refunded_conversions,
    cast(sum(refunded_value_local) as decimal(38, 6)) as refunded_value_local,
    cast({{ sum_in_usd('refunded_value_usd', 'refunds_without_rate') }} as decimal(38, 6)) as refunded_value_usd,
    cast(sum(rows_without_rate) as bigint) as rows_without_rate,
    cast(sum(refunds_without_rate) as bigint) as refunds_without_rate
from pieces
group by 1, 2, 3, 4
