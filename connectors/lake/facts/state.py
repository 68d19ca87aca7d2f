"""What a lake remembers of an entity's facts between two loads. It changes with the rows, in one commit."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.lake.facts.known_keys import Run

Order = tuple[datetime, str]


@dataclass(frozen=True, kw_only=True)
class State:
    batch: int = 0  # how many batches were loaded; files are called after it
    newest: Order | None = None  # the last of all pulls that are loaded, in order of receipt
    runs: tuple[Run, ...] = ()

    def after(self, orders: list[Order], *, runs: tuple[Run, ...]) -> "State":
        newest = max([*orders, *([self.newest] if self.newest else [])], default=None)
        return replace(self, batch=self.batch + 1, newest=newest, runs=runs)

    def to_fields(self) -> dict[str, Any]:
        newest = None if self.newest is None else [self.newest[0].astimezone(UTC).isoformat(), self.newest[1]]
        return {"batch": self.batch, "newest": newest, "runs": [asdict(run) for run in self.runs]}


def read_state(path: Path) -> State:
    if not path.exists():
        return State()
    fields = json.loads(path.read_text())
    newest = fields["newest"]
    return State(
        batch=fields["batch"],
        newest=None if newest is None else (datetime.fromisoformat(newest[0]), newest[1]),
        runs=tuple(Run(**run) for run in fields["runs"]),
    )
