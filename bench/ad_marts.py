"""What do the models cost over hand-written SQL, and what does one more day cost? `python -m bench.ad_marts`.

Ten million ad-day rows in a lake as daily pulls leave it. In one run, on one machine: a bare DuckDB query that writes
the same table, dbt's full build from staging to `fct_ad_daily`, and dbt's build after one more day whose pull restates
four weeks. All three tables are compared row for row; ratios are printed, absolute seconds beside them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.ad_lake import AdLake
from bench.ad_lake_contents import ACCOUNTS
from connectors.imported_ads.schemas import SCHEMAS as IMPORTED_ADS
from connectors.lake.sql import fill
from connectors.markets.schemas import SCHEMAS as MARKETS
from connectors.registry import AD_PLATFORMS
from connectors.warehouse.dbt_process import duckdb_target
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
BARE = Path(__file__).with_name("bare_ad_marts.sql")
SCHEMAS = (*(schema for spec in AD_PLATFORMS for schema in spec.schemas), *IMPORTED_ADS, *MARKETS)
FULL_LIMIT = 3.0  # of the bare query
DAY_LIMIT = 0.05  # of the full build
MONTHS_A_PLATFORM_TELLS = 37  # Meta's reports go back so far, so a connected account's history is that long
DAYS = MONTHS_A_PLATFORM_TELLS * 365 // 12
BARE_RUNS = 2  # the faster one counts
EVERYTHING = ("+fct_ad_daily",)
# Views stay as they are from one day to the next; making them anew is for when the project changed.
WITHOUT_VIEWS = tuple(f"+fct_ad_daily,config.materialized:{kind}" for kind in ("table", "incremental"))


@dataclass(frozen=True, kw_only=True)
class Built:
    command: float  # seconds from starting the process to its end
    nodes: float  # in models and seeds, without dbt's start and parsing
    mart: float  # in fct_ad_daily alone

    def over(self, seconds: float) -> "Built":
        return Built(command=self.command / seconds, nodes=self.nodes / seconds, mart=self.mart / seconds)

    def per(self, other: "Built") -> "Built":
        return Built(command=self.command / other.command, nodes=self.nodes / other.nodes, mart=self.mart / other.mart)


@dataclass(frozen=True, kw_only=True)
class Figures:
    rows: int
    days: int
    bare: float
    full: Built
    day: Built
    next_day: Built  # the views left as they are
    same: bool

    @property
    def are_met(self) -> bool:
        is_quick = self.full.nodes <= FULL_LIMIT * self.bare
        day = max(self.day.mart, self.next_day.mart)
        return self.same and is_quick and day <= DAY_LIMIT * self.full.mart


def build(warehouse: Path, work: Path, *, select: Sequence[str] = EVERYTHING) -> Built:
    """`dbt build` as a process of its own, without tests, which the bare query does not run either."""
    target = duckdb_target(warehouse)
    arguments = ["--quiet", "build", "--exclude-resource-type", "test", "unit_test", "--select", *select]
    folders = {"--project-dir": PROJECT, "--profiles-dir": PROJECT, "--target-path": work, "--log-path": work}
    command = [Path(sys.executable).with_name("dbt"), *arguments]
    command += [text for name, path in folders.items() for text in (name, str(path))]
    started = time.perf_counter()
    subprocess.run(command, env={**os.environ, **target.environment}, check=True)
    seconds = time.perf_counter() - started
    results: Sequence[Mapping] = json.loads((work / "run_results.json").read_text())["results"]
    mart = next(each["execution_time"] for each in results if each["unique_id"].endswith(".fct_ad_daily"))
    return Built(command=seconds, nodes=sum(each["execution_time"] for each in results), mart=mart)


def bare(database: Path, lake: Path) -> float:
    """The hand-written query, in a process's connection of its own and with dbt's settings."""
    database.unlink(missing_ok=True)
    with duckdb.connect(database.as_posix()) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set variable lake = $lake", {"lake": lake.as_posix()})
        started = time.perf_counter()
        connection.execute(BARE.read_text())
        return time.perf_counter() - started


def fingerprint(database: Path, table: str) -> tuple[int, int]:
    """How many rows, and a sum over all of them that any differing row changes; their order plays no part."""
    with duckdb.connect(database.as_posix(), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        query = fill("select count(*), sum(hash(each)::hugeint) from {table} as each", table=table)
        row = connection.execute(query).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)


def same_rows(warehouse: Path, by_hand: Path) -> bool:
    return fingerprint(warehouse, "marts.fct_ad_daily") == fingerprint(by_hand, "fct_ad_daily")


def measure(folder: Path, *, rows: int, days: int) -> Figures:
    lake_folder, warehouse, by_hand = folder / "lake", folder / "warehouse.duckdb", folder / "by_hand.duckdb"
    rows_per_account_day = max(1, round(rows / days / len(ACCOUNTS)))
    lake = AdLake(root=lake_folder, schemas=SCHEMAS, days=days, rows_per_account_day=rows_per_account_day)
    written = lake.write()
    mirror = DuckDbWarehouse(path=warehouse, lake=lake_folder, schemas=SCHEMAS, sleep=time.sleep)
    mirror.sync_raw()
    seconds = min(bare(by_hand, lake_folder) for _ in range(BARE_RUNS))
    full = build(warehouse, folder / "dbt")
    was_same = same_rows(warehouse, by_hand)
    lake = lake.add_day()
    mirror.sync_raw()
    day = build(warehouse, folder / "dbt")
    lake.add_day()
    mirror.sync_raw()
    next_day = build(warehouse, folder / "dbt", select=WITHOUT_VIEWS)
    bare(by_hand, lake_folder)
    is_same = same_rows(warehouse, by_hand)
    return Figures(
        rows=written, days=days, bare=seconds, full=full, day=day, next_day=next_day, same=was_same and is_same
    )


def report(found: Figures) -> str:
    full = found.full
    lines = [
        f"{found.rows:,} ad-day rows over {found.days:,} days and {len(ACCOUNTS)} accounts",
        f"{'seconds':28}{'whole command':>16}{'all its models':>16}{'the mart':>16}",
        f"{'bare query':28}{'':32}{found.bare:16.2f}",
        line("full build", full, "16.2f"),
        line("one more day", found.day, "16.2f"),
        line("the day after, no views", found.next_day, "16.2f"),
        line("full build / bare query", full.over(found.bare), "16.2f") + f"   limit {FULL_LIMIT:g}, all its models",
        line("one more day / full", found.day.per(full), "16.1%") + f"   limit {DAY_LIMIT:.0%}, the mart",
        line("the day after / full", found.next_day.per(full), "16.1%"),
        f"the same rows as by hand, in full and after two more days: {'yes' if found.same else 'NO'}",
        f"limits: {'met' if found.are_met else 'NOT MET'}",
    ]
    return "\n".join(lines)


def line(title: str, found: Built, form: str) -> str:
    return f"{title:28}{found.command:{form}}{found.nodes:{form}}{found.mart:{form}}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="ad-day rows, versions included")
    parser.add_argument("--days", type=int, default=DAYS, help="days of history")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), rows=arguments.rows, days=arguments.days)
    sys.stdout.write(report(found) + "\n")
    return 0 if found.are_met else 1


if __name__ == "__main__":
    sys.exit(main())
