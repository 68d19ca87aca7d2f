"""The texts that tell what was loaded, and when, the same on every engine.

They stand on a relation that holds the load log's lines; how an engine holds those is the engine's own business.
"""

from connectors.lake.sql import fill

_LOADS = """
    with log as (select * from {log}),
    latest as (
        select * from (
            select *, row_number() over (partition by landing_file order by load_seq desc) as newest
            from log where status <> 'recount'
        ) as numbered where newest = 1
    ),
    recounted as (
        select latest.landing_file, sum(log.raw) as raw
        from latest
        inner join log on log.landing_file = latest.landing_file
            and log.status = 'recount' and log.load_seq > latest.load_seq
        group by latest.landing_file
    )
    select latest.load_seq, latest.pull_id, latest.party, latest.entity, latest.account_id, latest.since, latest.until,
        latest.pulled_at, latest.loaded_at, latest.status, latest.landed,
        cast(latest.raw + coalesce(recounted.raw, 0) as bigint) as raw,
        cast(latest.duplicates - coalesce(recounted.raw, 0) as bigint) as duplicates,
        latest.quarantined, latest.vanished, latest.landing_file, latest.message
    from latest
    left join recounted on recounted.landing_file = latest.landing_file
"""
_TOUCHED_DAYS = """
    select load_seq, pull_id, party, entity, account_id, loaded_at, unnest(days) as date_day from {log}
"""


def loads_sql(log: str) -> str:
    return fill(_LOADS, log=log)


def touched_days_sql(log: str) -> str:
    return fill(_TOUCHED_DAYS, log=log)
