"""Does a day's ingest cost the same after a year? Lands and loads simulated days, compares late ones with early ones.

No network and no platform: pulls are written straight into a landing zone, with restatements over the look-back, and
loaded into a lake and a DuckDB warehouse. Run it by `python -m bench.ingest_flatness`; it takes some minutes.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.ad_platform import DayWindow, Row
from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.lake.loader import Lake
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullWriter
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse

LIMIT = 1.2  # day 400 may cost this much of day 30
_FIRST = date(2025, 1, 1)
_LOOK_BACK = 28
_ACCOUNTS = ("1001", "1002")

AD_DAILY = EntitySchema(
    party="bench_ads",
    entity="ad_daily",
    kind=Kind.WINDOWED,
    description="One ad and day.",
    columns=(
        Column("date", Type.DATE, "$.date", "The day.", required=True),
        Column("ad_id", Type.TEXT, "$.ad_id", "The ad.", required=True),
        Column("campaign_id", Type.TEXT, "$.campaign_id", "Its campaign."),
        Column("spend", Type.DECIMAL, "$.spend", "Spend."),
        Column("impressions", Type.INTEGER, "$.impressions", "Times shown."),
        Column("clicks", Type.INTEGER, "$.clicks", "Clicks."),
        Column("actions", Type.JSON, "$.actions", "Claims."),
    ),
    key=("date", "ad_id"),
    day="date",
)
CAMPAIGNS = EntitySchema(
    party="bench_ads",
    entity="campaigns",
    kind=Kind.OBJECT,
    description="One campaign.",
    columns=(
        Column("campaign_id", Type.TEXT, "$.id", "The campaign.", required=True),
        Column("name", Type.TEXT, "$.name", "Its name."),
        Column("daily_budget", Type.DECIMAL, "$.daily_budget", "Its budget."),
    ),
    key=("campaign_id",),
)
SCHEMAS = (AD_DAILY, CAMPAIGNS)


@dataclass(frozen=True, kw_only=True)
class Flatness:
    """Medians over the measured days of each home, in seconds, and how the late ones compare with the early ones."""

    early_day: int
    late_day: int
    early_wall: float
    late_wall: float
    early_cpu: float
    late_cpu: float
    wall_ratio: float
    cpu_ratio: float
    landed_rows_per_day: int


def measure(folder: Path, *, early: int = 30, late: int = 400, measured: int = 9, ads: int = 60) -> Flatness:
    """Ingests one home up to the early day and one up to the late day, then measures further days of both in turn.

    In turn, so that whatever else the machine does at the moment burdens both alike.
    """
    homes = {"early": (folder / "early", early), "late": (folder / "late", late)}
    for home, last in homes.values():
        for day in range(last):
            _ingest(home, day, ads=ads)
    wall: dict[str, list[float]] = {name: [] for name in homes}
    cpu: dict[str, list[float]] = {name: [] for name in homes}
    rows = 0
    for number in range(measured):
        for name, (home, last) in homes.items():
            wall_before, cpu_before = time.perf_counter(), time.process_time()
            rows = _ingest(home, last + number, ads=ads)
            wall[name].append(time.perf_counter() - wall_before)
            cpu[name].append(time.process_time() - cpu_before)
    walls = {name: statistics.median(times) for name, times in wall.items()}
    cpus = {name: statistics.median(times) for name, times in cpu.items()}
    return Flatness(
        early_day=early,
        late_day=late,
        early_wall=walls["early"],
        late_wall=walls["late"],
        early_cpu=cpus["early"],
        late_cpu=cpus["late"],
        wall_ratio=walls["late"] / walls["early"],
        cpu_ratio=cpus["late"] / cpus["early"],
        landed_rows_per_day=rows,
    )


def _ingest(folder: Path, day: int, *, ads: int) -> int:
    """One day: every account pulled with its look-back, all loaded, the raw schema in line."""
    at = datetime.combine(_FIRST + timedelta(days=day + 1), datetime.min.time(), UTC)
    landed = 0
    for account in _ACCOUNTS:
        first = max(day - _LOOK_BACK + 1, 0)
        window = DayWindow(_FIRST + timedelta(days=first), _FIRST + timedelta(days=day + 1))
        landed += _land(folder, AD_DAILY, account, at, window, _ad_days(first, day, ads))
        landed += _land(folder, CAMPAIGNS, account, at, None, _campaigns(day, ads))
    lake = Lake(landing=folder / "landing", root=folder / "lake", schemas=SCHEMAS, clock=lambda: at, sleep=time.sleep)
    report = lake.load_pulls()
    for failure in report.failures:
        raise failure.error
    DuckDbWarehouse(
        path=folder / "warehouse.duckdb", lake=folder / "lake", schemas=SCHEMAS, sleep=time.sleep
    ).sync_raw()
    return landed


def _land(
    folder: Path, schema: EntitySchema, account: str, at: datetime, window: DayWindow | None, rows: Iterator[Row]
) -> int:
    pull = Pull(
        pull_id=f"{at:%Y%m%d}",
        party=schema.party,
        entity=schema.entity,
        account_id=account,
        pulled_at=at,
        window=window,
        currency="USD",
        timezone="UTC",
    )
    with PullWriter(folder / "landing", pull, sleep=time.sleep) as writer:
        for row in rows:
            writer.write(row)
    return writer.manifest.rows if writer.manifest else 0


def _ad_days(first: int, last: int, ads: int) -> Iterator[Row]:
    """Numbers settle as they age: the newest week is restated on every pull, older days now and then."""
    for day in range(first, last + 1):
        age = last - day
        known = age if age < 7 else 7 + age // 7
        for ad in range(ads):
            yield {
                "date": (_FIRST + timedelta(days=day)).isoformat(),
                "ad_id": f"23850{ad:06d}",
                "campaign_id": f"1200{ad % 6}",
                "spend": f"{10 + ad}.{known:02d}",
                "impressions": 1000 + 10 * ad + known,
                "clicks": 10 + known,
                "actions": [{"action_type": "omni_purchase", "value": str(known)}],
            }


def _campaigns(day: int, ads: int) -> Iterator[Row]:
    for campaign in range(max(ads // 10, 1)):
        budget = day if campaign == day % 6 else 0  # one budget moves a day
        yield {"id": f"1200{campaign}", "name": f"campaign {campaign}", "daily_budget": str(100 + budget)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--late", type=int, default=400, help="the late day that is compared with day 30")
    parser.add_argument("--ads", type=int, default=60, help="ads per account")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), late=arguments.late, ads=arguments.ads)
    sys.stdout.write(json.dumps(asdict(found), indent=2) + "\n")
    return 0 if found.wall_ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
