"""What makes a home a practice one: `practice.json` in it, which says what world its data is from and how far it got.

In such a home every command goes by the practice world's accounts and clock and by the embedded defaults: nothing of a
real account, a shared database or an alert receiver that is configured outside can get into it, or be reached from it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from dotenv import dotenv_values

from connectors.registry import AD_PLATFORMS, OTHER_PARTIES
from weir.home import Home
from weir.settings import PREFIX, variable
from weir.sources import SOURCE_PREFIX

PRODUCT_SOURCE = "shop"  # under this name the practice world's product sends its events
MARK, VARIABLES = "practice.json", "practice.env"
_KEPT = ("timezone", "week_start", "pull_parallel_accounts", "pull_timeout_seconds")  # taste, not places


@dataclass(frozen=True, kw_only=True)
class Practice:
    scenario: str
    seed: int
    days: int  # how many past days were asked for first
    first_day: date | None  # the first day there are partitions for; None: the world has not told its date yet
    port: int  # where the world was last served
    now: datetime | None  # the virtual instant that it had reached; None: where it opens

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def read_mark(home: Home) -> Practice | None:
    try:
        fields = json.loads((home.root / MARK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    now, first_day = fields.pop("now"), fields.pop("first_day")
    return Practice(
        **fields,
        now=datetime.fromisoformat(now) if now else None,
        first_day=date.fromisoformat(first_day) if first_day else None,
    )


def write_mark(home: Home, practice: Practice) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    fields = {name: str(value) if isinstance(value, date) else value for name, value in asdict(practice).items()}
    fresh = home.root / f".{MARK}.new"
    fresh.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    fresh.replace(home.root / MARK)


def practice_environ(environ: Mapping[str, str], *, home: Home, practice: Practice) -> dict[str, str]:
    """The variables of a process in a practice home: nothing configured outside but taste, the world's own instead."""
    kept = {variable(field) for field in _KEPT}
    places = (PREFIX, "DAGSTER_", *(f"{spec.env_prefix}_" for spec in (*AD_PLATFORMS, *OTHER_PARTIES)))
    ours = {name: value for name, value in environ.items() if name in kept or not name.startswith(places)}
    accounts = {name: value for name, value in dotenv_values(home.root / VARIABLES, interpolate=False).items() if value}
    return {
        **ours,
        **accounts,
        f"{SOURCE_PREFIX}{PRODUCT_SOURCE.upper()}_KEY": product_key(practice),
        variable("home"): str(home.root),
        variable("practice_clock_url"): f"{practice.base_url}/sim/clock",
        variable("first_day"): str(practice.first_day or ""),
        variable("pull_history_days"): str(practice.days),
    }


def product_key(practice: Practice) -> str:
    """Worth nothing outside the practice world."""
    return f"practice-{PRODUCT_SOURCE}-{practice.scenario}-{practice.seed}"


def holdings(home: Home) -> tuple[Path, ...]:
    """What lies in a home already, of all that Weir makes there."""
    made = (home.landing, home.lake, home.warehouse, home.published, home.ledger, home.dagster)
    return tuple(path for path in made if (any(path.iterdir()) if path.is_dir() else path.exists()))
