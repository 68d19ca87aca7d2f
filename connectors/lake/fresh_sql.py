"""The SQL that takes a pull's good rows, each once, and says which of them were outdated when they were told.

What becomes of them is said by `connectors.lake.versions`.
"""

FRESH = """
    create or replace temp table fresh as
    select *, false as _is_outdated from (
        select *, row_number() over (partition by {identity} order by _line desc) as _rank
        from {parsed} where _reasons = ''
    ) where _rank = 1
"""
# Rows that say when they changed: all that differ are kept, and of each only the latest can be current.
FRESH_CHANGES = """
    create or replace temp table fresh as
    with different as (
        select *, coalesce({changed}, $at) as _changed from {parsed} where _reasons = ''
        qualify row_number() over (partition by {identity}, _text order by _line desc) = 1
    ),
    ranked as (
        select *, row_number() over (partition by {identity} order by _changed desc, _line desc) as _rank
        from different
    )
    select f.*, f._rank > 1 or exists (
        select 1 from versions s
        where s._valid_to is null and {match} and coalesce(s.{changed}, s._valid_from) > f._changed
    ) as _is_outdated
    from ranked f
"""
