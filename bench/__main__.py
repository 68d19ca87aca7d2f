"""Runs the benches one after the other, each in a process of its own: `python -m bench [name …]`.

Every bench prints its figures as ratios to a reference of the same run and says whether its limit was met. What they
came to on which machine is written down in `docs/benchmarks.md`.
"""

import argparse
import subprocess
import sys

BENCHES = {
    "definitions_load": "how long Dagster takes to load each code location",
    "ingest_flatness": "whether a day costs the same after thirty days and after four hundred",
    "event_lake": "what ten million events cost over bare reading and writing, and one more day after a year",
    "collector": "how many events a second are taken, each on disk before its answer",
    "ad_marts": "what the models cost over hand-written SQL, and what one more day costs",
    "growth_marts": "what all marts cost over five million events, and what one more day costs",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"all of them, or some: {', '.join(BENCHES)}")
    names = parser.parse_args().names or list(BENCHES)
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    missed = []
    for name in names:
        sys.stdout.write(f"\n=== {name}: {BENCHES[name]}\n")
        sys.stdout.flush()
        if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode != 0:
            missed.append(name)
    sys.stdout.write(f"\nlimits not met: {', '.join(missed)}\n" if missed else "\nevery limit was met\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
