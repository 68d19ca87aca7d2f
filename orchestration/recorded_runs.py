"""Runs the house's jobs at once and has them recorded in its home's Dagster, as if its daemon had started them.

For the practice demo, which has no minute to wait for a daemon. Pulls run in worker processes: Dagster runs of one
process must not go on side by side, since each reconfigures the logging of all. What runs say goes to a log file.
"""

import io
import logging
import multiprocessing
import os
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef  # the public ways to open an instance take no overrides

from actions.house import House
from assets.day_range import range_tags
from assets.failures import Retries
from assets.keys import account_tags, days_partitions, landing_key
from connectors.ad_platform import AccountRef, DayWindow
from orchestration.building import MODEL_JOB, PULL_JOB, build_defs, build_hot

STARTED_BY = "weir/started_by"  # a tag of every run


@dataclass(frozen=True, kw_only=True)
class CheckEnd:
    asset: str
    name: str
    passed: bool
    description: str


@dataclass(frozen=True, kw_only=True)
class RunEnd:
    run_id: str
    succeeded: bool
    said: str | None  # what failed, in the words of the step
    checks: tuple[CheckEnd, ...]


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """One job, ready to run in one home."""

    job: dg.JobDefinition
    house: House
    log: Path
    started_by: str

    def run(
        self, instance: dg.DagsterInstance, *, only: Sequence[dg.AssetKey] = (), tags: Mapping[str, str] | None = None
    ) -> RunEnd:
        ended = self.job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            asset_selection=list(only) or None,
            tags={**(tags or {}), STARTED_BY: self.started_by},
        )
        checks = tuple(
            CheckEnd(
                asset=check.asset_key.to_user_string(),
                name=check.check_name,
                passed=check.passed,
                description=check.description or "",
            )
            for check in ended.get_asset_check_evaluations()
        )
        return RunEnd(run_id=ended.run_id, succeeded=ended.success, said=_failure(ended), checks=checks)

    def pull(self, instance: dg.DagsterInstance, account: AccountRef, window: DayWindow) -> RunEnd:
        days = days_partitions(first_day=self.house.settings.first_day)
        range_ = range_tags(window, days=days, today=self.house.clock().date())
        return self.run(instance, only=[landing_key(account)], tags={**range_, **account_tags(account)})


@dataclass(frozen=True, kw_only=True)
class _Stages:
    """The two jobs of a home; the second is loaded while the first one's runs go on."""

    environ: Mapping[str, str]
    house: House
    log: Path
    started_by: str

    @cached_property
    def pulls(self) -> _Stage:
        with _output_to(self.log):
            return self._stage(build_hot(self.environ, overrides=self._overrides()), PULL_JOB)

    @cached_property
    def models(self) -> _Stage:
        with _output_to(self.log):
            return self._stage(build_defs(self.environ, overrides=self._overrides()), MODEL_JOB)

    def _overrides(self) -> Mapping[str, dg.ResourceDefinition]:
        own = replace(self.house)  # a copy, so that no process uses a connection that another one opened
        return {
            "house": dg.ResourceDefinition.hardcoded_resource(own),
            "retries": dg.ResourceDefinition.hardcoded_resource(Retries(first_wait_seconds=1.0)),
        }

    def _stage(self, definitions: dg.Definitions, job: str) -> _Stage:
        logged = dg.Definitions.merge(definitions, dg.Definitions(loggers={"file": _to_file(self.log)}))
        resolved = logged.resolve_job_def(job)
        return _Stage(job=resolved, house=replace(self.house), log=self.log, started_by=self.started_by)


@dataclass(frozen=True, kw_only=True)
class RecordedRuns:
    _pulls: ProcessPoolExecutor
    _stages: _Stages

    def pull(self, asked: Iterable[tuple[AccountRef, DayWindow]]) -> Iterator[tuple[AccountRef, RunEnd]]:
        """One run an account, several at once; each is given back when it ends."""
        running = {self._pulls.submit(_pull_here, account, window): account for account, window in asked}
        _ = self._stages.models
        for ended in as_completed(running):
            yield running[ended], ended.result()

    def load_and_model(self) -> RunEnd:
        stage = self._stages.models
        with _output_to(stage.log), _instance(stage.house) as instance:
            return stage.run(instance)


@contextmanager
def recorded_runs(
    environ: Mapping[str, str], *, house: House, log: Path, started_by: str, workers: int
) -> Generator[RecordedRuns]:
    """`environ` is what `house` was opened with; its Dagster folder was furnished by `orchestration.dagster_home`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    log.touch()
    _make_databases(house)
    stages = _Stages(environ=environ, house=house, log=log, started_by=started_by)
    # Workers are forked: they need not import and load everything again, which would take each of them seconds.
    fork = multiprocessing.get_context("fork")
    pulls = ProcessPoolExecutor(workers, mp_context=fork, initializer=_become_worker, initargs=(stages.pulls,))
    try:
        pulls.submit(os.getpid).result()  # all of them are forked now, while nothing else goes on in this process
        yield RecordedRuns(_pulls=pulls, _stages=stages)
    finally:
        pulls.shutdown(cancel_futures=True)


def _make_databases(house: House) -> None:
    """Once, before several processes want them at the same time."""
    replace(house).ledger.dispose()  # a copy: no connection may be open when workers are forked
    with _instance(house) as instance:
        instance.get_runs(limit=1)
        instance.all_asset_keys()


@dataclass
class _Worker:
    """What this process was made for, when it is one of the workers."""

    stage: _Stage | None = None


_worker = _Worker()


def _become_worker(stage: _Stage) -> None:
    _worker.stage = stage
    output = os.open(stage.log, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    # New ones: whoever held a lock of the old ones when this process was forked, holds its copy for ever.
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(stream, "w", closefd=False)) for stream in (1, 2))


def _pull_here(account: AccountRef, window: DayWindow) -> RunEnd:
    if _worker.stage is None:
        raise RuntimeError("this process is no worker")
    with _instance(_worker.stage.house) as instance:
        return _worker.stage.pull(instance, account, window)


def _instance(house: House) -> dg.DagsterInstance:
    swift = {
        "event_log_storage": {
            "module": "orchestration.swift_event_log",
            "class": "SwiftEventLog",
            "config": {"base_dir": str(house.home.dagster / "history" / "runs")},
        },
        # Capturing what steps print means a process more for each of them; what matters is logged as events.
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
            "config": {},
        },
    }
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(house.home.dagster), overrides=swift))


def _to_file(log: Path) -> dg.LoggerDefinition:
    def opened(_context: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("recorded runs", logging.INFO)
        handler = logging.FileHandler(log, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
        logger.addHandler(handler)
        return logger

    return dg.LoggerDefinition(opened)


@contextmanager
def _output_to(log: Path) -> Generator[None]:
    """What this process prints, its own terminal aside: Dagster's warnings, dbt's lines."""
    with log.open("a", encoding="utf-8") as file, redirect_stdout(file), redirect_stderr(file):
        yield


def _failure(ended: dg.ExecuteInProcessResult) -> str | None:
    for event in ended.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            described = data.user_failure_data.description if data.user_failure_data else None
            return described or (data.error.message.strip() if data.error else event.message)
    return None if ended.success else "the run ended before any step failed"
