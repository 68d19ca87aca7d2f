"""Both code locations load in an interpreter of their own, in every environment, without what they do not need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.building import build_hot

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = {"TIKTOK_ACCOUNT_1_ID": "701", "TIKTOK_ACCOUNT_1_TOKEN": "made-up"}
LOAD = """
import importlib, sys, warnings
import dagster
warnings.simplefilter("error", dagster.BetaWarning)
warnings.simplefilter("error", dagster.PreviewWarning)
warnings.simplefilter("error", dagster.SupersessionWarning)
defs = importlib.import_module(sys.argv[1]).defs
repository = (defs.load_fn() if hasattr(defs, "load_fn") else defs()).get_repository_def()
timed = [*repository.schedule_defs, *repository.sensor_defs]
print("running", sum(each.default_status.value == "RUNNING" for each in timed), "of", len(timed))
print("imported", *sorted(name for name in sys.argv[2:] if name in sys.modules))
"""
HEAVY = ("dagster_dbt", "dbt", "duckdb", "matplotlib", "numpy", "pandas", "psycopg2", "pyarrow")


def loaded(home: Path, location: str, **variables: str) -> list[str]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "WEIR_HOME": str(home), **ACCOUNT, **variables}
    ended = subprocess.run(
        [sys.executable, "-c", LOAD, location, *HEAVY],
        cwd=home,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("variables", "running"),
    [
        ({"WEIR_ENVIRONMENT": "dev"}, "running 0 of 5"),
        ({"WEIR_ENVIRONMENT": "staging"}, "running 5 of 5"),
        ({"WEIR_ENVIRONMENT": "production"}, "running 5 of 5"),
        ({"WEIR_PRACTICE_CLOCK_URL": "http://127.0.0.1:9/sim/clock"}, "running 5 of 5"),
    ],
    ids=["dev", "staging", "production", "practice"],
)
def test_pulls_checks_and_alerts_run_by_themselves_only_where_they_may(
    tmp_path: Path, variables: dict[str, str], running: str
) -> None:
    """Two pull schedules, one of checks, two sensors; the clock of the practice world is not even asked."""
    assert loaded(tmp_path, "orchestration.hot", **variables) == [running, "imported"]
    assert list(tmp_path.iterdir()) == [], "loading writes nothing"


@pytest.mark.parametrize(
    ("variables", "running"),
    [
        ({"WEIR_ENVIRONMENT": "dev"}, "running 0 of 1"),
        (
            {
                "WEIR_ENVIRONMENT": "production",
                "WEIR_WAREHOUSE": "postgresql+psycopg2://weir:made-up@127.0.0.1:9/none",
            },
            "running 1 of 1",
        ),
    ],
    ids=["dev on DuckDB", "production on Postgres"],
)
def test_the_full_location_loads_and_draws_nothing(tmp_path: Path, variables: dict[str, str], running: str) -> None:
    told, imported = loaded(tmp_path, "orchestration.definitions", **variables)
    assert told == running
    assert "dagster_dbt" in imported
    assert "matplotlib" not in imported
    assert "pandas" not in imported


def test_without_an_account_there_is_nothing_to_pull_and_alerts_stay(tmp_path: Path) -> None:
    repository = build_hot({"WEIR_HOME": str(tmp_path)}).get_repository_def()
    assert [job.name for job in repository.get_all_jobs() if not job.name.startswith("__")] == []
    assert {sensor.name for sensor in repository.sensor_defs} == {
        "tell_owners_of_failures",
        "tell_owners_of_recoveries",
    }


def test_the_workspace_as_people_start_it_is_valid(tmp_path: Path) -> None:
    """The same check as the command line's, over both locations, each in a server of its own."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "WEIR_HOME": str(tmp_path / "home"), **ACCOUNT}
    ended = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-w", str(ROOT / "workspace.yaml")],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    told = ended.stdout + ended.stderr
    assert ended.returncode == 0, told
    for location in ("weir", "weir_hot"):
        assert f"Validation successful for code location {location}." in told
