{#- Arithmetic of credit. Weights are whole numbers and shares are cut from a running total, so that the shares of a
    conversion add up to exactly one, and its amounts to exactly its amount, on every engine. -#}

{#- The models that stand side by side, in the order in which they are told. -#}
{% macro attribution_models() -%}
    {{ return(['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay', 'markov', 'shapley']) }}
{%- endmacro %}

{#- A weight that is no whole number, as one: fifteen digits of it, halves up. -#}
{% macro whole_weight(weight) -%}
    cast(floor(cast({{ weight }} as float8) * 1e15 + 0.5) as bigint)
{%- endmacro %}

{#- What part of `total` the running sum `up_to` is; null where there is nothing to share. -#}
{% macro share_up_to(up_to, total) -%}
    cast(
        cast(
            floor(cast({{ up_to }} as float8) / nullif(cast({{ total }} as float8), 0) * 1e15 + 0.5) as decimal(18, 0)
        ) * 0.000000000000001 as decimal(18, 15)
    )
{%- endmacro %}

{#- The piece of an amount that lies between two shares: pieces side by side add up to the whole, to the last place. -#}
{% macro piece_of(amount, share_from, share_to, places=6) -%}
    cast({{ amount }} * {{ share_to }} as decimal(38, {{ places }}))
    - cast({{ amount }} * {{ share_from }} as decimal(38, {{ places }}))
{%- endmacro %}

{#- A sum in dollars: null where some row has an amount and no rate, since the rest would pass for the whole. -#}
{% macro sum_in_usd(amount_usd, rows_without_rate) -%}
    case when sum({{ rows_without_rate }}) = 0 then sum({{ amount_usd }}) end
{%- endmacro %}
