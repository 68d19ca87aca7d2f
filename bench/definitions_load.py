"""How long does Dagster take to load a code location? From the start of a fresh interpreter to a whole repository.

The reference of the same run is an interpreter that only imports dagster. With eleven accounts, as in the practice
world. Run it by `python -m bench.definitions_load`; it takes half a minute.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

LIMIT_SECONDS = 5.0
_ROUNDS = 3
_REFERENCE = "import dagster"
_LOAD = """
import dagster, importlib
defs = importlib.import_module({module!r}).defs
repository = (defs.load_fn() if hasattr(defs, "load_fn") else defs()).get_repository_def()
assert len(repository.asset_graph.get_all_asset_keys()) > 10
"""
_ACCOUNTS = {"META": 3, "X": 3, "TIKTOK": 3, "TELEGRAM": 2}
_SECRETS = {
    "META": ("TOKEN",),
    "X": ("CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN", "TOKEN_SECRET"),
    "TIKTOK": ("TOKEN",),
    "TELEGRAM": ("BOT_TOKEN",),
}


@dataclass(frozen=True, kw_only=True)
class Load:
    """Medians of some rounds; processor time beside the time that passed, which a busy machine stretches."""

    location: str
    seconds: float
    processor_seconds: float
    ratio_to_bare_import: float


def measure(*, rounds: int = _ROUNDS) -> list[Load]:
    programs = {
        "import dagster": _REFERENCE,
        "weir": _LOAD.format(module="orchestration.definitions"),
        "weir_hot": _LOAD.format(module="orchestration.hot"),
    }
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, **_accounts(), "WEIR_HOME": home}
        times = {name: [_timed(program, environ) for _ in range(rounds)] for name, program in programs.items()}
    medians = {
        name: tuple(statistics.median(each[part] for each in found) for part in (0, 1)) for name, found in times.items()
    }
    bare = medians["import dagster"][1]
    return [
        Load(
            location=name,
            seconds=round(passed, 2),
            processor_seconds=round(worked, 2),
            ratio_to_bare_import=round(worked / bare, 2),
        )
        for name, (passed, worked) in medians.items()
    ]


def _timed(program: str, environ: Mapping[str, str]) -> tuple[float, float]:
    """Seconds that passed, and seconds that the processor worked for it."""
    before, began = os.times(), time.monotonic()
    subprocess.run([sys.executable, "-c", program], env=dict(environ), check=True, stdout=subprocess.DEVNULL)
    passed, after = time.monotonic() - began, os.times()
    return passed, after.children_user + after.children_system - before.children_user - before.children_system


def _accounts() -> dict[str, str]:
    """Made-up, and never spoken to."""
    variables: dict[str, str] = {}
    for prefix, count in _ACCOUNTS.items():
        for number in range(1, count + 1):
            account = f"{prefix}_ACCOUNT_{number}"
            variables[f"{account}_ID"] = f"{number}000"
            variables |= {f"{account}_{secret}": f"made-up-{number}" for secret in _SECRETS[prefix]}
    return variables


def main() -> int:
    found = measure()
    sys.stdout.write(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    return 0 if all(each.seconds <= LIMIT_SECONDS for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
