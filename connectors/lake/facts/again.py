"""When the keys that are remembered of an entity's facts are broken or gone, they are read from the lake again."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from connectors.entity_schema import EntitySchema
from connectors.lake.facts.block_rows import KEY_HALVES, key_sql
from connectors.lake.facts.known_keys import Keys, Run, merged, write_run
from connectors.lake.facts.state import Order, State
from connectors.lake.journal import Journal
from connectors.lake.layout import LakeLayout
from connectors.lake.load_log import records_after
from connectors.lake.sql import fill, literal, quoted
from connectors.lake.staged import StagedCommit
from connectors.landing.layout import all_accounts

_READ_AT_ONCE = 1 << 20  # rows
_HELD_AT_ONCE = 8  # of such parts
_LAST = datetime.max.replace(tzinfo=UTC)
_KEYS = """
    select {halves} from (
        select md5_number({key}) as h from read_parquet({files}, hive_partitioning = false, union_by_name = true)
    )
"""


def remember_again(
    layout: LakeLayout,
    schema: EntitySchema,
    *,
    connection: duckdb.DuckDBPyConnection,
    journal: Journal,
    landing: Path,
) -> State:
    """Reads the keys of all rows in the lake; costs as much as there is history."""
    staged = StagedCommit(layout, all_accounts(schema.party, schema.entity), landing=landing)
    folder = layout.known_keys(schema.party, schema.entity)
    for path in folder.glob("*.npy"):
        staged.removes(path)
    files = layout.all_facts(schema.party, schema.entity)
    batch = max((int(path.name.partition("-")[0]) for path in files), default=0) + 1
    runs: tuple[Run, ...] = ()
    if files:
        name = f"{batch:010d}.npy"
        parts = _key_parts(connection, schema, files, layout.staging(all_accounts(schema.party, schema.entity)))
        runs = (write_run(staged.file(name, folder / name), parts),)
    state = State(batch=batch, newest=_newest(layout, schema), runs=runs)
    staged.write(layout.facts_state(schema.party, schema.entity), state.to_fields())
    staged.commit_files(journal)
    return state


def _key_parts(
    connection: duckdb.DuckDBPyConnection, schema: EntitySchema, files: list[Path], staging: Path
) -> list[Keys]:
    query = fill(
        _KEYS,
        halves=KEY_HALVES,
        key=key_sql([quoted(name) for name in schema.key]),
        files=f"[{', '.join(literal(path.as_posix()) for path in files)}]",
    )
    parts: list[Keys] = []
    waiting: list[Keys] = []
    for rows in connection.sql(query).to_arrow_reader(_READ_AT_ONCE):
        waiting.append(merged([Keys(rows["upper"].to_numpy(), rows["lower"].to_numpy())]))
        if len(waiting) == _HELD_AT_ONCE:
            parts.append(_on_disk(waiting, staging / f"keys-{len(parts)}.npy"))
            waiting = []
    return [*parts, *waiting]


def _on_disk(keys: list[Keys], path: Path) -> Keys:
    return write_run(path, keys).opened(path.parent)


def _newest(layout: LakeLayout, schema: EntitySchema) -> Order | None:
    loaded = (record for record in records_after(layout.loads, 0) if record.status == "loaded" and record.pulled_at)
    mine = [record for record in loaded if (record.party, record.entity) == (schema.party, schema.entity)]
    return max(((record.pulled_at or _LAST, record.pull_id) for record in mine), default=None)
