"""What it costs to bring ten million landed events into the lake, and whether a day costs the same after a year.

The reference is what DuckDB alone takes to read the same files with `read_json` and to write them as one Parquet file:
unjudged, not deduplicated, not filed by day. Each turn is a process of its own, which tells its own peak memory. Run it
by `python -m bench.event_lake`; it takes some minutes and eight gigabytes of disk.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.event_lines import FIRST, land_day
from connectors.lake.loader import Lake
from connectors.lake.sql import fill, in_memory, literal
from connectors.product.schemas import EVENTS
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse

RATIO = 2.0  # of the bare reading and writing
PEAK_GB = 2.0
FLAT = 1.2  # day 400 may cost this much of day 30
_THREADS = 2
_FILES = 40


@dataclass(frozen=True, kw_only=True)
class Turn:
    seconds: float
    core_seconds: float
    peak_gb: float
    rows: int


@dataclass(frozen=True, kw_only=True)
class Bulk:
    events: int
    landed_gb: float
    bare: tuple[Turn, ...]
    load: Turn
    ratio: float  # wall time of the load over the median of the bare turns around it
    core_ratio: float


@dataclass(frozen=True, kw_only=True)
class Flatness:
    early_day: int
    late_day: int
    events_per_day: int
    early_seconds: float  # medians
    late_seconds: float
    early_core_seconds: float
    late_core_seconds: float
    ratio: float
    core_ratio: float


def measure_bulk(folder: Path, *, events: int) -> Bulk:
    landing = folder / "landing"
    data = land_day(landing, 0, events=events, files=_FILES)
    bare = [_turn("bare", folder)]
    load = _turn("load", folder)
    bare.append(_turn("bare", folder))
    if load.rows != events:
        raise AssertionError(f"{load.rows} of {events} events are in the lake")
    return Bulk(
        events=events,
        landed_gb=sum(path.stat().st_size for path in data) / 1e9,
        bare=tuple(bare),
        load=load,
        ratio=load.seconds / statistics.median(turn.seconds for turn in bare),
        core_ratio=load.core_seconds / statistics.median(turn.core_seconds for turn in bare),
    )


def measure_flatness(folder: Path, *, early: int, late: int, measured: int, per_day: int) -> Flatness:
    """Days of two homes in turn, so that whatever else the machine does burdens both alike."""
    homes = {"early": (folder / "early", early), "late": (folder / "late", late)}
    for home, last in homes.values():
        for day in range(last):
            _day(home, day, events=per_day)
    wall: dict[str, list[float]] = {name: [] for name in homes}
    core: dict[str, list[float]] = {name: [] for name in homes}
    for number in range(measured):
        for name, (home, last) in homes.items():
            seconds, core_seconds = _day(home, last + number, events=per_day)
            wall[name].append(seconds)
            core[name].append(core_seconds)
    walls = {name: statistics.median(times) for name, times in wall.items()}
    cores = {name: statistics.median(times) for name, times in core.items()}
    return Flatness(
        early_day=early,
        late_day=late,
        events_per_day=per_day,
        early_seconds=walls["early"],
        late_seconds=walls["late"],
        early_core_seconds=cores["early"],
        late_core_seconds=cores["late"],
        ratio=walls["late"] / walls["early"],
        core_ratio=cores["late"] / cores["early"],
    )


def _day(home: Path, day: int, *, events: int) -> tuple[float, float]:
    land_day(home / "landing", day, events=events)
    wall, core = time.perf_counter(), time.process_time()
    _load(home)
    warehouse = DuckDbWarehouse(path=home / "warehouse.duckdb", lake=home / "lake", schemas=[EVENTS], sleep=time.sleep)
    warehouse.sync_raw()
    return time.perf_counter() - wall, time.process_time() - core


def _load(home: Path) -> int:
    lake = Lake(landing=home / "landing", root=home / "lake", schemas=[EVENTS], clock=lambda: FIRST, sleep=time.sleep)
    report = lake.load_pulls()
    for failure in report.failures:
        raise failure.error
    return sum(record.counts.raw for record in report.loads)


def _bare(home: Path) -> int:
    files = literal((home / "landing" / "product" / "events" / "*" / "*.jsonl").as_posix())
    target = literal((home / "bare.parquet").as_posix())
    with in_memory() as connection:
        connection.execute(f"set threads = {_THREADS}")
        query = "copy (select * from read_json({files})) to {target} (format parquet)"
        return connection.execute(fill(query, files=files, target=target)).fetchall()[0][0]


def _turn(what: str, home: Path) -> Turn:
    command = [sys.executable, "-m", "bench.event_lake", "--turn", what, "--home", str(home)]
    return Turn(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def _take_turn(what: str, home: Path) -> Turn:
    wall, core = time.perf_counter(), time.process_time()
    rows = {"bare": _bare, "load": _load}[what](home)
    return Turn(
        seconds=time.perf_counter() - wall,
        core_seconds=time.process_time() - core,
        peak_gb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        rows=rows,
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.event_lake", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000, help="how many are loaded at once; 0: leave it out")
    parser.add_argument("--late", type=int, default=400, help="the late day; 0: leave days out")
    parser.add_argument("--early", type=int, default=30)
    parser.add_argument("--measured", type=int, default=15, help="days measured of each home")
    parser.add_argument("--per-day", type=int, default=20_000, help="events a day")
    parser.add_argument("--turn", choices=("bare", "load"), help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.turn:
        sys.stdout.write(json.dumps(asdict(_take_turn(asked.turn, asked.home))))
        return 0
    met = True
    with tempfile.TemporaryDirectory() as folder:
        if asked.events:
            bulk = measure_bulk(Path(folder), events=asked.events)
            sys.stdout.write(json.dumps(asdict(bulk), indent=2) + "\n")
            met = met and bulk.ratio <= RATIO and bulk.load.peak_gb <= PEAK_GB
        if asked.late:
            flat = measure_flatness(
                Path(folder), early=asked.early, late=asked.late, measured=asked.measured, per_day=asked.per_day
            )
            sys.stdout.write(json.dumps(asdict(flat), indent=2) + "\n")
            met = met and flat.ratio <= FLAT
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
