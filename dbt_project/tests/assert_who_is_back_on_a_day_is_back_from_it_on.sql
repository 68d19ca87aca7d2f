-- Rolling retention is never below classic, and nobody returns who is not ripe.
select
    days.experiment,
    days.variant,
    days.day_number
from {{ ref('fct_retention_by_variant') }} as days
left join {{ ref('fct_retention_by_variant') }} as onwards
    on
        days.experiment = onwards.experiment
        and days.variant = onwards.variant
        and days.day_number = onwards.day_number
        and onwards.measure = 'from_day'
where
    days.measure = 'on_day'
    and (
        onwards.returned is null
        or days.returned > onwards.returned
        or onwards.returned > onwards.ripe_people
        or days.ripe_people <> onwards.ripe_people
        or days.ripe_people > days.people
    )
