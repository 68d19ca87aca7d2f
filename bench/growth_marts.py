"""What do all marts cost, and what does one more day cost? `python -m bench.growth_marts`.

Five million events of a quarter of a million people over ninety days, with touches, sales, messages, subscriptions
and ads, in a lake as daily loads leave it. In one run, on one machine: a bare DuckDB query that computes one funnel,
one attribution and one retention of the same files, dbt's full build of every model, and the build after one more day,
which brings late events and says four weeks of ads again. What it gives is compared row for row with a full build.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from actions.define import bring_definitions
from bench.ad_lake import AdLake
from bench.ad_lake_contents import ACCOUNTS
from bench.growth_lake import GrowthLake
from connectors.lake.sql import fill
from connectors.registry import AD_PLATFORMS, NEVER_ASKED, OTHER_PARTIES
from connectors.warehouse.dbt_process import duckdb_target
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse
from connectors.warehouse.warehouse import MARTS

SCHEMAS = (*(schema for spec in (*AD_PLATFORMS, *OTHER_PARTIES) for schema in spec.schemas), *NEVER_ASKED)
PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
BARE = Path(__file__).with_name("bare_growth.sql")
FULL_SECONDS = 60.0
DAY_LIMIT = 0.10  # of the full build
PEAK_GB = 4.0
AD_ROWS = 60_000


@dataclass(frozen=True, kw_only=True)
class Built:
    command: float  # seconds from starting the process to its end
    models: float  # in models and seeds, without dbt's start and parsing
    slowest: tuple[tuple[str, float], ...]
    peak_gb: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    events: int
    bare: float
    full: Built
    day: Built
    differing: tuple[str, ...]  # marts that are not what a full build of the same day gives

    @property
    def are_met(self) -> bool:
        is_quick = self.full.command <= FULL_SECONDS and self.day.command <= DAY_LIMIT * self.full.command
        return is_quick and not self.differing and self.full.peak_gb <= PEAK_GB


def build(warehouse: Path, work: Path, *arguments: str) -> Built:
    """`dbt build` as a process of its own, without tests, which the bare query does not run either."""
    target = duckdb_target(warehouse)
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", "build", "--exclude-resource-type", "test"]
    command += ["unit_test", *arguments, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    command += ["--target-path", str(work), "--log-path", str(work)]
    started = time.perf_counter()
    with subprocess.Popen(command, env={**os.environ, **target.environment}) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    results = json.loads((work / "run_results.json").read_text())["results"]
    times = sorted(((each["execution_time"], each["unique_id"].split(".")[-1]) for each in results), reverse=True)
    return Built(
        command=seconds,
        models=sum(taken for taken, _ in times),
        slowest=tuple((name, taken) for taken, name in times[:12]),
        peak_gb=used.ru_maxrss / 1e6,
    )


def bare(lake: Path) -> float:
    """One funnel, one attribution and one retention by hand, in a connection of their own."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set variable lake = $lake", {"lake": lake.as_posix()})
        started = time.perf_counter()
        connection.execute(BARE.read_text())
        return time.perf_counter() - started


def differing(one: Path, other: Path) -> tuple[str, ...]:
    """The marts whose rows are not the same."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, path in (("one", one), ("other", other)):
            connection.execute(fill("attach '{path}' as {name} (read_only)", path=path.as_posix(), name=name))
        listed = "select distinct table_name from information_schema.tables where table_schema = $marts order by 1"
        tables = [row[0] for row in connection.execute(listed, {"marts": MARTS}).fetchall()]
        count = "select count(*), sum(hash(each)::hugeint) from {place}.{marts}.{table} as each"
        sums = [
            [connection.execute(fill(count, place=place, marts=MARTS, table=table)).fetchone() for table in tables]
            for place in ("one", "other")
        ]
        return tuple(table for table, mine, theirs in zip(tables, *sums, strict=True) if mine != theirs)


def measure(folder: Path, *, events: int, people: int, days: int) -> Figures:
    lake_folder, warehouse, again = folder / "lake", folder / "warehouse.duckdb", folder / "again.duckdb"
    ads = AdLake(root=lake_folder, schemas=SCHEMAS, days=days, rows_per_account_day=AD_ROWS // days // len(ACCOUNTS))
    lake = GrowthLake(root=lake_folder, schemas=SCHEMAS, events_a_day=events // days, people=people, days=days, ads=ads)
    lake.write()
    _follow(warehouse, lake_folder)
    seconds = bare(lake_folder)
    full = build(warehouse, folder / "dbt")
    lake.add_day()
    _follow(warehouse, lake_folder)
    day = build(warehouse, folder / "dbt")
    _follow(again, lake_folder)
    build(again, folder / "dbt")
    return Figures(events=events, bare=seconds, full=full, day=day, differing=differing(warehouse, again))


def _follow(path: Path, lake: Path) -> None:
    warehouse = DuckDbWarehouse(path=path, lake=lake, schemas=SCHEMAS, sleep=time.sleep)
    warehouse.sync_raw()
    bring_definitions(warehouse, own=path.parent / "definitions")


def report(found: Figures) -> str:
    full, day = found.full, found.day
    lines = [
        f"{found.events:,} events",
        f"{'seconds':24}{'whole command':>16}{'all its models':>16}{'peak GB':>10}",
        f"{'bare query':24}{'':16}{found.bare:16.2f}",
        f"{'full build':24}{full.command:16.2f}{full.models:16.2f}{full.peak_gb:10.2f}   limit {FULL_SECONDS:g} s",
        f"{'one more day':24}{day.command:16.2f}{day.models:16.2f}{day.peak_gb:10.2f}",
        f"{'full / bare':24}{full.command / found.bare:16.2f}{full.models / found.bare:16.2f}",
        f"{'one more day / full':24}{day.command / full.command:16.1%}{day.models / full.models:16.1%}"
        f"   limit {DAY_LIMIT:.0%}",
        "slowest models, full: " + ", ".join(f"{name} {taken:.1f}" for name, taken in full.slowest),
        "slowest models, one more day: " + ", ".join(f"{name} {taken:.1f}" for name, taken in day.slowest),
        f"differing from a full build: {', '.join(found.differing) or 'nothing'}",
        f"limits: {'met' if found.are_met else 'NOT MET'}",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--people", type=int, default=250_000)
    parser.add_argument("--days", type=int, default=90, help="days of history")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), events=arguments.events, people=arguments.people, days=arguments.days)
    sys.stdout.write(report(found) + "\n")
    return 0 if found.are_met else 1


if __name__ == "__main__":
    sys.exit(main())
