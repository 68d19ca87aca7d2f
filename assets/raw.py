"""`raw/<party>/<entity>`: what has landed, typed and versioned in the lake, with what could not be read set aside.

A run loads whatever waits in the landing zone, from pulls and from files that people brought, of whatever days: so days
are partitions where they are asked for, in landing, and not here. A stream that cannot be loaded holds up no other and
no build: its check fails and its pulls keep waiting. What the rows mean is said by dbt.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import dagster as dg
from pydantic import Field

from actions.house import House
from actions.import_file import import_dropped
from actions.load_landed import load_landed
from assets.described import Metadata, described, table
from assets.keys import landing_key, op_name, raw_key
from assets.whole_check import judge_whole, whole_check
from connectors.ad_platform import AccountRef
from connectors.entity_schema import EntitySchema, Kind
from connectors.lake.load_log import LoadRecord
from connectors.lake.standing import NO_ROWS

_KEPT = {
    True: "The first received of each key is kept, under the day it happened on; repeats are counted.",
    False: "Every distinct version is kept, with the instants it held between.",
}
SETTLED = timedelta(seconds=10)  # a dropped file that nobody has written to for so long is whole


class Loading(dg.Config):
    """What the launchpad asks."""

    again: bool = Field(default=False, description="Load everything that ever landed anew, as if for the first time.")


def build_raw(party: str, schemas: Sequence[EntitySchema], *, accounts: Iterable[AccountRef]) -> dg.AssetsDefinition:
    """One step a party: its entities are many, small, and loaded in a moment."""
    deps = [landing_key(account) for account in accounts]
    specs = [
        described(
            raw_key(party, schema.entity).path,
            group="raw",
            kinds=("python", "parquet"),
            description=f"{schema.description} {_KEPT[schema.kind is Kind.APPEND]}",
            deps=deps if schema.pulled else (),
            metadata={"key": ", ".join(schema.key)},
        )
        for schema in schemas
    ]

    @dg.multi_asset(
        specs=specs,
        check_specs=[whole_check(spec.key) for spec in specs],
        name=op_name("load", party),
        can_subset=True,
    )
    def load(context: dg.AssetExecutionContext, config: Loading, house: dg.ResourceParam[House]) -> Iterator[Any]:
        wanted = {key.path[-1] for key in context.selected_asset_keys}
        if config.again:
            for entity in wanted:
                house.lake.ask_again(party, entity)
        problems: dict[str, list[str]] = {entity: [] for entity in wanted}
        ports = replace(house.imports(), schemas=[schema for schema in schemas if schema.entity in wanted])
        for report in import_dropped(ports=ports, wall_clock=house.wall_clock, settled=SETTLED):
            context.log.info(report.message)
            if report.status == "refused":
                problems[report.target.rpartition("/")[-1]].append(report.message)
        landed = load_landed(
            house.lake,
            warehouse=None,  # the raw schema follows the lake once, in front of the models
            wanted=lambda stream: stream.party == party and stream.entity in wanted,
            on_progress=context.log.info,
        )
        for failure in landed.load.failures:
            problems[failure.stream.entity].append(failure.message)
        for refused in landed.load.refused:
            problems[refused.entity].append(refused.message or f"{refused.landing_file} was refused")
        for entity in sorted(wanted):
            for problem in problems[entity]:
                context.log.error(problem)
            records = [record for record in landed.load.loads if record.entity == entity]
            yield dg.MaterializeResult(asset_key=raw_key(party, entity), metadata=_told(records))
        counts = house.standing.all_counts()
        for check in context.selected_asset_check_keys:
            entity = check.asset_key.path[-1]
            counted = counts.get((party, entity), NO_ROWS)
            yield judge_whole(house, party=party, entity=entity, counts=counted, problems=problems.get(entity, ()))

    return load


def build_lake_log() -> list[dg.AssetSpec]:
    """What the lake tells of itself, as the models read it. Every load adds to it; no step of its own makes it."""
    tells = {
        "loads": "One row is one loaded pull, or a note about one that was refused or recounted.",
        "touched_days": "One row is one account-local day whose rows one load changed.",
    }
    return [
        described(raw_key(name).path, group="raw", kinds=("jsonl",), description=description)
        for name, description in tells.items()
    ]


def _told(records: Sequence[LoadRecord]) -> Metadata:
    """Counts that add up: landed = raw + duplicates + quarantined."""
    names = ("landed", "raw", "duplicates", "quarantined")
    totals = {name: sum(getattr(record.counts, name) for record in records) for name in names}
    loads = [
        {"account": record.account_id, "pull": record.pull_id, "status": record.status}
        | {"days changed": len(record.days), **{name: getattr(record.counts, name) for name in names}}
        for record in records
    ]
    days = sorted({day for record in records for day in record.days})
    changed = {"days changed": f"{len(days)}, from {days[0]} to {days[-1]}"} if days else {}
    return {**totals, **changed, **table("loads", loads)}
