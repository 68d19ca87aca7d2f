"""`raw/<party>/<entity>`: what has landed, typed and versioned in the lake, with what could not be read set aside.

A run loads whatever waits in the landing zone, from pulls and from files that people brought; the partitions it is
asked for are the days that it touches. What the rows mean is said by dbt.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from actions.house import House
from actions.import_file import import_dropped
from actions.load_landed import load_landed
from assets.checks import counts_check, judge_counts
from assets.described import described
from assets.keys import landing_key, op_name, raw_key
from connectors.ad_platform import AccountRef
from connectors.entity_schema import EntitySchema, Kind
from connectors.lake.load_log import LoadRecord

_SHOWN = 30
SETTLED = timedelta(seconds=10)  # a dropped file that nobody has written to for so long is whole


def build_raw(
    party: str,
    schemas: Sequence[EntitySchema],
    *,
    accounts: Iterable[AccountRef],
    days: dg.DailyPartitionsDefinition,
) -> list[dg.AssetsDefinition]:
    """Two steps a party: entities with days, which are partitioned by them, and the rest."""
    deps = [landing_key(account) for account in accounts]
    daily = [schema for schema in schemas if schema.kind is Kind.WINDOWED]
    others = [schema for schema in schemas if schema.kind is not Kind.WINDOWED]
    return [
        _loading(party, name, some, deps=deps, days=days if name == "daily" else None)
        for name, some in (("daily", daily), ("objects", others))
        if some
    ]


def _loading(
    party: str,
    name: str,
    schemas: Sequence[EntitySchema],
    *,
    deps: Sequence[dg.AssetKey],
    days: dg.DailyPartitionsDefinition | None,
) -> dg.AssetsDefinition:
    specs = [
        described(
            raw_key(party, schema.entity).path,
            group="raw",
            kinds=("python", "parquet", "duckdb"),
            description=f"{schema.description} Every distinct version is kept, with the instants it held between.",
            deps=deps if schema.pulled else (),
            metadata={"key": ", ".join(schema.key)},
        ).replace_attributes(partitions_def=days)
        for schema in schemas
    ]

    @dg.multi_asset(
        specs=specs,
        check_specs=[counts_check(spec.key) for spec in specs],
        name=op_name("load", party, name),
        backfill_policy=dg.BackfillPolicy.single_run() if days else None,
        can_subset=True,
    )
    def load(context: dg.AssetExecutionContext, house: dg.ResourceParam[House]) -> Iterator[Any]:
        for report in import_dropped(ports=house.imports(), wall_clock=house.wall_clock, settled=SETTLED):
            (context.log.warning if report.status == "refused" else context.log.info)(report.message)
        wanted = {key.path[-1] for key in context.selected_asset_keys}
        landed = load_landed(
            house.lake,
            warehouse=None,  # the raw schema follows the lake once, in front of the models
            wanted=lambda stream: stream.party == party and stream.entity in wanted,
            on_progress=context.log.info,
        )
        for problem in landed.problems:
            context.log.warning(problem)
        for entity in sorted(wanted):
            records = [record for record in landed.load.loads if record.entity == entity]
            yield dg.MaterializeResult(asset_key=raw_key(party, entity), metadata=_told(records))
        for check in context.selected_asset_check_keys:
            yield judge_counts(house, party=party, entity=check.asset_key.path[-1])
        landed.raise_failures()

    return load


def _told(records: Sequence[LoadRecord]) -> dict[str, dg.MetadataValue | int]:
    """Counts that add up: landed = raw + duplicates + quarantined."""
    totals = {
        name: sum(getattr(record.counts, name) for record in records)
        for name in ("landed", "raw", "duplicates", "quarantined")
    }
    rows = [
        dg.TableRecord(
            {
                "account": record.account_id,
                "pull": record.pull_id,
                "status": record.status,
                "landed": record.counts.landed,
                "raw": record.counts.raw,
                "duplicates": record.counts.duplicates,
                "quarantined": record.counts.quarantined,
            }
        )
        for record in records[:_SHOWN]
    ]
    return {**totals, "loads": dg.MetadataValue.table(rows)} if rows else {**totals}
