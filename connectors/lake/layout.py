"""Where things lie in the lake, how its files are encoded, and the locks that guard them. Nothing decides here.

raw/<party>/<entity>/date=<day>/<account>.parquet   daily entities, every distinct version of every row
raw/<party>/<entity>/<account>.parquet              objects, likewise
raw/<party>/<entity>/date=<day>/<load>-<part>.parquet  facts, of all accounts; without the folder where they have no day
quarantine/<party>/<entity>/<account>/<stem>.parquet  what a pull held that could not be read, with reasons
loads/<year>-<month>.jsonl                          the load log
_state/ _staging/ _locks/ _journal.json             what a load needs to be exact after a crash
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.landing.layout import Stream


@dataclass(frozen=True)
class LakeLayout:
    root: Path

    def entity(self, party: str, entity: str) -> Path:
        return self.root / "raw" / party / entity

    def partition(self, stream: Stream, day: date | None) -> Path:
        folder = self.entity(stream.party, stream.entity)
        if day is not None:
            folder = folder / f"date={day.isoformat()}"
        return folder / f"{stream.account_id}.parquet"

    def partitions(self, stream: Stream) -> list[Path]:
        """Every file of a stream. Costs as much as there is history: for rebuilds only."""
        folder = self.entity(stream.party, stream.entity)
        name = f"{stream.account_id}.parquet"
        return [*sorted(folder.glob(f"date=*/{name}")), *([folder / name] if (folder / name).exists() else [])]

    def quarantine(self, stream: Stream, stem: str) -> Path:
        return self.root / "quarantine" / stream.path / f"{stem}.parquet"

    def state(self, stream: Stream) -> Path:
        return self.root / "_state" / stream.path.with_name(f"{stream.account_id}.json")

    def schema_state(self, party: str, entity: str) -> Path:
        return self.root / "_state" / party / entity / "_schema.json"

    def facts(self, party: str, entity: str, day: date | None) -> Path:
        """The folder of an entity's facts of one day."""
        folder = self.entity(party, entity)
        return folder if day is None else folder / f"date={day.isoformat()}"

    def all_facts(self, party: str, entity: str) -> list[Path]:
        """Every file of an entity's facts. Costs as much as there is history: for rebuilds only."""
        return sorted(self.entity(party, entity).rglob("*.parquet"))

    def facts_state(self, party: str, entity: str) -> Path:
        return self.root / "_state" / party / entity / "_facts.json"

    def known_keys(self, party: str, entity: str) -> Path:
        return self.root / "_state" / party / entity / "_keys"

    def staging(self, stream: Stream) -> Path:
        return self.root / "_staging" / stream.path

    @property
    def spill(self) -> Path:
        return self.root / "_staging" / "_spill"

    def stream_lock(self, stream: Stream) -> Path:
        return self.root / "_locks" / f"{stream.slug}.lock"

    @property
    def commit_lock(self) -> Path:
        return self.root / "_locks" / "_commit.lock"

    @property
    def journal(self) -> Path:
        return self.root / "_journal.json"

    @property
    def loads(self) -> Path:
        return self.root / "loads"

    @property
    def last_seq(self) -> Path:
        return self.root / "_state" / "last_load_seq.json"


def day_of(partition: Path) -> date | None:
    folder = partition.parent.name
    return date.fromisoformat(folder.removeprefix("date=")) if folder.startswith("date=") else None


def write_parquet(path: Path, table: pa.Table) -> None:
    """The same rows in the same order always give the same bytes."""
    pq.write_table(table, path, compression="zstd", row_group_size=122_880, write_statistics=True)
