"""Runs the house's jobs in this process and has them recorded in a home's Dagster, as its daemon would.

For the practice demo, which has no minute to wait for a daemon. What the jobs do is in `orchestration.building`; what
they say goes to a log file, never to the screen.
"""

import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef  # the public door, DagsterInstance.get, takes no overrides

from actions.house import House
from assets.day_range import range_tags
from assets.keys import days_partitions, landing_key
from connectors.ad_platform import AccountRef, DayWindow
from orchestration.building import MODEL_JOB, PULL_JOB, build_defs, build_hot

# Capturing what a step prints redirects the whole process's output; runs here go on side by side.
NO_CAPTURE = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
        "config": {},
    }
}
IN_HOUSE = "weir/started_by"  # a tag of every run


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
class RecordedRuns:
    """Everything needed to run jobs of one home. `environ` must be the one that `house` was opened with."""

    environ: Mapping[str, str]
    house: House
    instance: dg.DagsterInstance
    log: logging.Handler
    started_by: str

    def pull(self, account: AccountRef, *, window: DayWindow) -> RunEnd:
        """One account's days in one run. May be called from several threads."""
        tags = {"party": account.party, "account": account.account_id}
        return self._run(self._pull_job, window=window, assets=[landing_key(account)], tags=tags)

    def load_and_model(self, *, window: DayWindow) -> RunEnd:
        return self._run(self._model_job, window=window, assets=[], tags={})

    def prepare(self) -> None:
        """Loads the definitions, which takes a few seconds, ahead of the first run."""
        _ = self._pull_job, self._model_job

    @cached_property
    def _pull_job(self) -> dg.JobDefinition:
        return self._quiet(build_hot(self.environ, overrides=self._overrides)).resolve_job_def(PULL_JOB)

    @cached_property
    def _model_job(self) -> dg.JobDefinition:
        return self._quiet(build_defs(self.environ, overrides=self._overrides)).resolve_job_def(MODEL_JOB)

    @cached_property
    def _overrides(self) -> Mapping[str, dg.ResourceDefinition]:
        return {"house": dg.ResourceDefinition.hardcoded_resource(self.house)}

    def _quiet(self, definitions: dg.Definitions) -> dg.Definitions:
        def to_file(_context: dg.InitLoggerContext) -> logging.Logger:
            logger = logging.Logger("runs", logging.INFO)
            logger.addHandler(self.log)
            return logger

        return dg.Definitions.merge(definitions, dg.Definitions(loggers={"file": dg.LoggerDefinition(to_file)}))

    def _run(
        self,
        job: dg.JobDefinition,
        *,
        window: DayWindow,
        assets: Sequence[dg.AssetKey],
        tags: Mapping[str, str],
    ) -> RunEnd:
        days = days_partitions(first_day=self.house.settings.first_day)
        today: date = self.house.clock().date()
        ended = job.execute_in_process(
            instance=self.instance,
            raise_on_error=False,
            asset_selection=list(assets) or None,
            tags={**range_tags(window, days=days, today=today), **tags, IN_HOUSE: self.started_by},
        )
        return RunEnd(
            run_id=ended.run_id,
            succeeded=ended.success,
            said=_failure(ended),
            checks=tuple(
                CheckEnd(
                    asset=check.asset_key.to_user_string(),
                    name=check.check_name,
                    passed=check.passed,
                    description=check.description or "",
                )
                for check in ended.get_asset_check_evaluations()
            ),
        )


@contextmanager
def recorded_runs(
    environ: Mapping[str, str], *, house: House, log: Path, started_by: str
) -> Generator[RecordedRuns]:
    """The Dagster of the house's home, whose folder was furnished before (`orchestration.dagster_home`)."""
    log.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(log, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    reference = InstanceRef.from_dir(str(house.home.dagster), overrides=NO_CAPTURE)
    try:
        with dg.DagsterInstance.from_ref(reference) as instance:
            yield RecordedRuns(environ=environ, house=house, instance=instance, log=handler, started_by=started_by)
    finally:
        handler.close()


def _failure(ended: dg.ExecuteInProcessResult) -> str | None:
    for event in ended.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            described = data.user_failure_data.description if data.user_failure_data else None
            return described or (data.error.message.strip() if data.error else event.message)
    return None if ended.success else "the run ended before any step failed"
