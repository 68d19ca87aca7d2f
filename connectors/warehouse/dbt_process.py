"""dbt as a process of its own: started with the warehouse's address in its environment, read by the results it leaves.

A process, because dbt keeps its connection to the DuckDB file for as long as it lives, and nobody else could write.
What the models say is in `dbt_project/`; when they are built is decided by the actions.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

DUCKDB, POSTGRES = "duckdb", "postgres"
_LAST_LINES = 30
_KEPT_RUNS = 20
_PARSE_STATE = "partial_parse.msgpack"


@dataclass(frozen=True, kw_only=True)
class DbtTarget:
    """Which engine, and where. `environment` holds a password on Postgres, so it never shows."""

    engine: str
    environment: Mapping[str, str]

    def __repr__(self) -> str:
        return f"DbtTarget({self.engine})"


def duckdb_target(path: Path) -> DbtTarget:
    return DbtTarget(engine=DUCKDB, environment={"WEIR_DBT_TARGET": DUCKDB, "WEIR_DUCKDB_PATH": str(path)})


def postgres_target(url: str) -> DbtTarget:
    parts = make_url(url)
    environment = {
        "WEIR_DBT_TARGET": POSTGRES,
        "WEIR_PG_HOST": parts.host or "127.0.0.1",
        "WEIR_PG_PORT": str(parts.port or 5432),
        "WEIR_PG_USER": parts.username or "",
        "WEIR_PG_PASSWORD": str(parts.password or ""),
        "WEIR_PG_DBNAME": parts.database or "",
    }
    return DbtTarget(engine=POSTGRES, environment=environment)


class DbtFailed(Exception):
    """dbt did not do all it was asked; `failures` names each model or test with what went wrong."""

    def __init__(self, message: str, *, failures: tuple[str, ...] = ()) -> None:
        self.failures = failures
        super().__init__("\n".join([message, *failures]))


@dataclass(frozen=True, kw_only=True)
class DbtResult:
    models: int
    tests: int
    warnings: tuple[str, ...]
    seconds: float  # in models and tests, without dbt's own start


@dataclass(frozen=True, kw_only=True)
class Dbt:
    project: Path
    work: Path  # where dbt keeps its parse state, results and log: apart for each home
    target: DbtTarget

    def build(
        self,
        *,
        variables: Mapping[str, object],
        run: str,
        select: Sequence[str] = (),
        full_refresh: bool = False,
        lock: int | None = None,
        on_progress: Callable[[str], None] = lambda message: None,
    ) -> DbtResult:
        """Models, seeds and data tests. Unit tests belong where changes are tested, so they are left out.

        dbt outlives whoever started it, should that one be killed: the handle of a `lock` stays open in it until then.
        """
        arguments = ["build", "--exclude-resource-type", "unit_test", "--vars", json.dumps(dict(variables))]
        if select:
            arguments += ["--select", *select]
        if full_refresh:
            arguments.append("--full-refresh")
        return self._run(arguments, run=run, lock=lock, on_progress=on_progress)

    @contextmanager
    def artifacts(self, run: str) -> Generator[Path]:
        """A folder for one run's results and log. What dbt parsed is handed from run to run, for parsing takes it
        several seconds; it is kept by home, because dbt parses anew for every other address of the warehouse."""
        runs, parsed = self.work / "runs", self.work / f"{self.target.engine}.{_PARSE_STATE}"
        folder = runs / run
        folder.mkdir(parents=True, exist_ok=True)
        if parsed.is_file():
            shutil.copy(parsed, folder / _PARSE_STATE)
        yield folder
        if (folder / _PARSE_STATE).is_file():
            (folder / _PARSE_STATE).replace(parsed)
        others = sorted((path for path in runs.iterdir() if path != folder), key=lambda path: path.stat().st_mtime)
        for path in others[: -_KEPT_RUNS + 1]:
            shutil.rmtree(path, ignore_errors=True)

    def _run(
        self, arguments: Sequence[str], *, run: str, lock: int | None, on_progress: Callable[[str], None]
    ) -> DbtResult:
        with self.artifacts(run) as folder:
            ended = self._ended(arguments, folder=folder, lock=lock, on_progress=on_progress)
            results = folder / "run_results.json"
            if not results.is_file():
                raise DbtFailed(f"dbt stopped before it built anything (exit code {ended.code}):\n{ended.said}")
            return judge_results(json.loads(results.read_text()), ended.code)

    def document(
        self,
        *,
        variables: Mapping[str, object],
        run: str,
        lock: int | None = None,
        on_progress: Callable[[str], None] = lambda message: None,
    ) -> bytes:
        """One page about every model and column, which needs no other file and no network."""
        arguments = ["docs", "generate", "--static", "--vars", json.dumps(dict(variables))]
        with self.artifacts(run) as folder:
            ended = self._ended(arguments, folder=folder, lock=lock, on_progress=on_progress)
            page = folder / "static_index.html"
            if ended.code != 0 or not page.is_file():
                raise DbtFailed(f"dbt could not describe the models (exit code {ended.code}):\n{ended.said}")
            return page.read_bytes()

    def _ended(
        self, arguments: Sequence[str], *, folder: Path, lock: int | None, on_progress: Callable[[str], None]
    ) -> "_Ended":
        last: list[str] = []
        with subprocess.Popen(
            self._command(arguments, folder=folder),
            env={**os.environ, **self.target.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=() if lock is None else (lock,),
        ) as process:
            for line in process.stdout or ():
                text = line.rstrip()
                last = [*last[-_LAST_LINES:], text] if text else last
                on_progress(text)
        return _Ended(code=process.returncode, said="\n".join(last))

    def _command(self, arguments: Sequence[str], *, folder: Path) -> list[str]:
        places = {
            "--project-dir": self.project,
            "--profiles-dir": self.project,
            "--target-path": folder,
            "--log-path": folder,
        }
        options = [text for name, path in places.items() for text in (name, str(path))]
        program = [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "--log-format", "text"]
        return [*program, *arguments, *options, "--target", self.target.engine]


@dataclass(frozen=True, kw_only=True)
class _Ended:
    code: int
    said: str  # its last lines


def judge_results(results: dict[str, Any], code: int | None) -> DbtResult:
    """What a run came to, from its run_results.json; anything that failed raises `DbtFailed`."""
    told: dict[str, list[str]] = {}
    for result in results["results"]:
        name = result["unique_id"].split(".", 2)[-1]
        told.setdefault(result["status"], []).append(f"{name}: {result.get('message') or result['status']}")
    failures = (*told.get("error", ()), *told.get("fail", ()))
    if failures or code != 0:
        skipped = len(told.get("skipped", ()))
        raise DbtFailed(f"dbt: {len(failures)} failed, {skipped} were not tried because of it", failures=failures)
    kinds = [result["unique_id"].split(".", 1)[0] for result in results["results"]]
    return DbtResult(
        models=kinds.count("model") + kinds.count("seed"),
        tests=kinds.count("test"),
        warnings=tuple(told.get("warn", ())),
        seconds=sum(result["execution_time"] for result in results["results"]),
    )
