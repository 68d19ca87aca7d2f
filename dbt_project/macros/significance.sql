{#- Statistics in the words that both engines know. `z` and `x` are columns of double precision, not expressions: they
    are written out many times. -#}

{#- 95 % of a normal distribution lies within so many standard errors of its mean. -#}
{% macro normal_quantile_975() -%} 1.959963984540054 {%- endmacro %}

{#- The probability that a normal variable lies beyond `z`, for z from 0 on. Rational approximation by Hart (1968), as
    West wrote it down in 2005; within 1e-14 of the truth. -#}
{% macro normal_tail(z) -%}
    {%- set above = [
        '0.0352624965998911', '0.700383064443688', '6.37396220353165', '33.912866078383', '112.079291497871',
        '221.213596169931', '220.206867912376',
    ] -%}
    {%- set below = [
        '0.0883883476483184', '1.75566716318264', '16.064177579207', '86.7807322029461', '296.564248779674',
        '637.333633378831', '793.826512519948', '440.413735824752',
    ] -%}
    case
        when {{ z }} > 37 then cast(0 as double precision)
        when {{ z }} < 7.07106781186547 then exp(- {{ z }} * {{ z }} / 2) * {{ polynomial(above, z) }} / {{ polynomial(below, z) }}
        else exp(- {{ z }} * {{ z }} / 2)
            / ({{ z }} + 1 / ({{ z }} + 2 / ({{ z }} + 3 / ({{ z }} + 4 / ({{ z }} + 0.65))))) / 2.506628274631
    end
{%- endmacro %}

{#- By Horner's rule; coefficients from the highest power down. -#}
{% macro polynomial(coefficients, x) -%}
    {%- set told = namespace(text=coefficients[0]) -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set told.text = '(' ~ told.text ~ ' * ' ~ x ~ ' + ' ~ coefficient ~ ')' -%}
    {%- endfor -%}
    {{ told.text }}
{%- endmacro %}

{#- The probability that chi-squared with `degrees` (a column of whole numbers, from 1 to `most`) lies beyond `x`: the
    finite sums for even and odd degrees. `root` is a column that holds the square root of `x`. -#}
{% macro chi_squared_tail(x, root, degrees, most) -%}
    {#- Postgres takes a result that is too small for a double for an error. -#}
    {%- set decay = '(case when ' ~ x ~ ' > 1200 then cast(0 as double precision) else exp(- ' ~ x ~ ' / 2) end)' -%}
    case when {{ degrees }} % 2 = 1 then 2 * ({{ normal_tail(root) }}) else {{ decay }} end
    {%- set factor = namespace(odd=0.7978845608028654, even=1.0) %}
    {%- for degree in range(3, most + 1) %}
        {%- if degree % 2 == 1 %}
            {%- set factor.odd = factor.odd if degree == 3 else factor.odd / (degree - 2) %}
    + case when {{ degrees }} % 2 = 1 and {{ degrees }} >= {{ degree }}
        then {{ '%.17g' | format(factor.odd) }} * power({{ root }}, {{ degree - 2 }}) * {{ decay }} else 0 end
        {%- else %}
            {%- set factor.even = factor.even / (degree - 2) %}
    + case when {{ degrees }} % 2 = 0 and {{ degrees }} >= {{ degree }}
        then {{ '%.17g' | format(factor.even) }} * power({{ x }}, {{ (degree - 2) // 2 }}) * {{ decay }} else 0 end
        {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#- CTEs that compare the mean of each cell with that of its control: `compared` has, beside the columns of `cells`,
    mean, control_people, control_mean, uplift, standard_error and z.

    A cell has `people`, and of what is measured `total` and `total_squares` (double precision) over them; `keys` say
    which cells belong together, and `is_control` which of them the others are held against. Standard errors are those
    of two independent means; none where an arm has fewer than two people. -#}
{% macro compared_with_control(cells, keys) -%}
moments as (

    select
        cells.*,
        total / nullif(people, 0) as mean,
        case
            when people > 1 then greatest(total_squares - total * total / people, 0) / (people - 1) / people
        end as mean_variance
    from {{ cells }} as cells

),

held_against as (

    select
        moments.*,
        max(case when is_control then people end) over same_test as control_people,
        max(case when is_control then mean end) over same_test as control_mean,
        max(case when is_control then mean_variance end) over same_test as control_variance
    from moments
    window same_test as (partition by {{ keys | join(', ') }})

),

differing as (

    select
        held_against.*,
        case when not is_control then mean - control_mean end as uplift,
        case when not is_control then sqrt(mean_variance + control_variance) end as standard_error
    from held_against

),

compared as (

    select
        differing.*,
        abs(uplift) / nullif(standard_error, 0) as z
    from differing

)
{%- endmacro %}

{#- What a mart tells of a comparison, from `compared`. Rounded, so that engines agree to the last digit. -#}
{% macro comparison_columns() -%}
{{ estimate('mean') }} as mean,
    {{ estimate('control_mean') }} as control_mean,
    {{ estimate('uplift') }} as uplift,
    {{ estimate('uplift - ' ~ normal_quantile_975() ~ ' * standard_error') }} as uplift_low,
    {{ estimate('uplift + ' ~ normal_quantile_975() ~ ' * standard_error') }} as uplift_high,
    {{ estimate('uplift / nullif(control_mean, 0)') }} as relative_uplift,
    {{ estimate('2 * (' ~ normal_tail('z') ~ ')') }} as p_value
{%- endmacro %}

{% macro estimate(expression) -%} cast({{ expression }} as decimal(28, 9)) {%- endmacro %}
