{#- Generic test: no two rows share these columns (expressions are allowed), and none of the plain ones is null
    unless the expression says otherwise. -#}
{% test unique_grain(model, columns) %}
select {{ columns | join(', ') }}, count(*) as rows_sharing_it
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
