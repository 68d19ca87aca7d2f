"""`tell_owners_of_failures` and `tell_owners_of_recoveries`: one alert for each cause, over once the same thing works.

A cause is a step that failed or a check that found an error, whichever run noticed it. How an alert is told and
remembered is `actions.alert_owners`'s.
"""

from dataclasses import dataclass

import dagster as dg

from actions.alert_owners import Alert, alert_owners, all_clear
from actions.house import House
from assets.described import OWNER

_LONGEST_CAUSE = 300  # the ledger holds no more
_LONGEST_TEXT = 1000  # the link leads to the rest
_WILL_RETRY = "dagster/will_retry"  # Dagster's own name; it has no public constant


@dataclass(frozen=True)
class Told:
    """What a finished run says of its causes: those it saw fail, with what was said, and those it saw work."""

    wrong: dict[str, str]
    right: frozenset[str]


def read_run(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Told:
    wrong: dict[str, str] = {}
    right: set[str] = set()
    kinds = {
        dg.DagsterEventType.STEP_FAILURE,
        dg.DagsterEventType.STEP_SUCCESS,
        dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    }
    for entry in instance.all_logs(run.run_id, of_type=kinds):
        event = entry.get_dagster_event()
        if event.event_type is dg.DagsterEventType.STEP_FAILURE:
            wrong[cause_of("step", event.step_key)] = _said(event)
        elif event.event_type is dg.DagsterEventType.STEP_SUCCESS:
            right.add(cause_of("step", event.step_key))
        else:
            found = event.asset_check_evaluation_data
            cause = cause_of("check", f"{found.asset_key.to_user_string()} {found.check_name}")
            if not found.passed and found.severity is dg.AssetCheckSeverity.ERROR:
                wrong[cause] = found.description or "found an error"
            else:
                right.add(cause)
    return Told(wrong, frozenset(right))


def _said(event: dg.DagsterEvent) -> str:
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error
    if error is not None and error.cls_name == "DagsterExecutionStepExecutionError":
        error = error.cause  # the wrapper only names the step
    return error.message if error is not None else "failed without a word"


def cause_of(kind: str, name: str | None) -> str:
    return f"{kind} {name}"[:_LONGEST_CAUSE]


def settle(house: House, instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """Tells what went wrong and closes what is right again; a sentence about what was done."""
    told = read_run(instance, run)
    wrong, job = dict(told.wrong), cause_of("job", run.job_name)
    if run.status is dg.DagsterRunStatus.FAILURE and not any(cause.startswith("step ") for cause in wrong):
        wrong[job] = "the run ended before its steps did; its log says why"
    done = [
        f"{cause}: {alert_owners(house, _alert(cause, said, run=run), run_id=run.run_id)}"
        for cause, said in sorted(wrong.items())
    ]
    ended = told.right if run.status is dg.DagsterRunStatus.FAILURE else told.right | {job}
    done += [f"{cause}: over" for cause in all_clear(house, ended, run_id=run.run_id)]
    return "; ".join(done) or f"run {run.run_id[:8]} of {run.job_name}: nothing to tell"


def build_tell_owners_of_failures(status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="tell_owners_of_failures",
        monitor_all_code_locations=True,
        minimum_interval_seconds=15,
        default_status=status,
        description="Tells the team what went wrong in a failed run, once for each cause, until it works again.",
    )
    def tell_owners_of_failures(context: dg.RunFailureSensorContext, house: dg.ResourceParam[House]) -> dg.SkipReason:
        run = context.dagster_run
        if run.tags.get(_WILL_RETRY) == "true":
            return dg.SkipReason(f"run {run.run_id[:8]} of {run.job_name} is started again by itself")
        return dg.SkipReason(settle(house, context.instance, run))

    return tell_owners_of_failures


def build_tell_owners_of_recoveries(status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name="tell_owners_of_recoveries",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitor_all_code_locations=True,
        minimum_interval_seconds=15,
        default_status=status,
        description="Closes alerts once the same thing works, and tells of checks that found an error in a whole run.",
    )
    def tell_owners_of_recoveries(context: dg.RunStatusSensorContext, house: dg.ResourceParam[House]) -> dg.SkipReason:
        return dg.SkipReason(settle(house, context.instance, context.dagster_run))

    return tell_owners_of_recoveries


def _alert(cause: str, said: str, *, run: dg.DagsterRun) -> Alert:
    text = f"{cause}: {' '.join(said.split())}"
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}…"
    return Alert(cause=cause, text=text, owners=(OWNER,), link=f"/runs/{run.run_id}")
