"""`tell_owners_of_failures` and `tell_owners_of_recoveries`: one alert for each cause, over once the job works again.

How an alert is told and remembered is `actions.alert_owners`'s.
"""

import dagster as dg

from actions.alert_owners import Alert, alert_owners, all_clear
from actions.house import House
from assets.described import OWNER


def _cause(run: dg.DagsterRun) -> str:
    """The same trouble is the same cause: the job and what it was about, never which run noticed it."""
    subjects = sorted(key.to_user_string() for key in run.asset_selection or ())
    return f"run failed: {run.job_name} {' '.join(subjects)}".strip()[:300]


def build_tell_owners_of_failures(status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="tell_owners_of_failures",
        monitor_all_code_locations=True,
        default_status=status,
        description="Tells the team of a failed run, once for each cause, until it works again.",
    )
    def tell_owners_of_failures(context: dg.RunFailureSensorContext, house: dg.ResourceParam[House]) -> dg.SkipReason:
        run = context.dagster_run
        steps = [event.step_failure_data for event in context.get_step_failure_events()]
        said = [data.user_failure_data.description for data in steps if data.user_failure_data]
        alert = Alert(
            cause=_cause(run),
            text=f"{_cause(run)}: {(said and said[0]) or context.failure_event.message}",
            owners=(OWNER,),
            link=f"/runs/{run.run_id}",
        )
        return dg.SkipReason(f"{alert.cause}: {alert_owners(house, alert, run_id=run.run_id)}")

    return tell_owners_of_failures


def build_tell_owners_of_recoveries(status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name="tell_owners_of_recoveries",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitor_all_code_locations=True,
        default_status=status,
        description="Closes the alert about a run once the same work succeeds.",
    )
    def tell_owners_of_recoveries(context: dg.RunStatusSensorContext, house: dg.ResourceParam[House]) -> dg.SkipReason:
        cause = _cause(context.dagster_run)
        closed = all_clear(house, cause, run_id=context.dagster_run.run_id)
        return dg.SkipReason(f"{cause}: {'closed' if closed else 'was not open'}")

    return tell_owners_of_recoveries
