-- Nothing is lost between the landing zone and the lake, on any day, of any account.
select *
from {{ ref('fct_operations_daily') }}
where landed_rows <> raw_rows + duplicate_rows + quarantined_rows
