"""`notice_landed_files`: starts a load, and the build that follows from it, when something waits in the landing zone.

The index of waiting pulls is read, never the folders that grow with history. When to load is decided by
`analysis.next_load`.
"""

from datetime import UTC, datetime

import dagster as dg

from actions.house import House
from actions.import_file import dropped_files
from analysis.next_load import NOTHING_REQUESTED, Requested, Wait, decide_load
from assets.raw import SETTLED
from connectors.landing.pending import find_pending

NAME = "notice_landed_files"
ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
UNDER_WAY = [status for status in dg.DagsterRunStatus if status not in ENDED]
_OURS = {"dagster/sensor_name": NAME}  # what Dagster marks a sensor's runs with; it has no public constant


def build_notice_landed_files(job_name: str, *, status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    @dg.sensor(
        name=NAME,
        job_name=job_name,
        minimum_interval_seconds=15,
        default_status=status,
        description="Loads and models what waits in the landing zone, one run at a time.",
    )
    def notice_landed_files(
        context: dg.SensorEvaluationContext, house: dg.ResourceParam[House]
    ) -> dg.SensorResult | dg.SkipReason:
        last = Requested.from_cursor(context.cursor)
        pending = find_pending(house.home.landing).landed
        running = context.instance.get_runs_count(dg.RunsFilter(job_name=job_name, statuses=UNDER_WAY))
        ours = context.instance.get_runs(dg.RunsFilter(job_name=job_name, tags=_OURS), limit=1)
        decision = decide_load(
            [*(pull.file for pull in pending), *_dropped(house)],
            last=last,
            is_loading=running > 0,
            last_failed=any(run.status is dg.DagsterRunStatus.FAILURE for run in ours),
            now=house.wall_clock(),
        )
        if isinstance(decision, Wait):
            if decision.is_done and last is not None:
                return dg.SensorResult(skip_reason=decision.why, cursor=NOTHING_REQUESTED)
            return dg.SkipReason(decision.why)
        tags = {"weir/attempt": str(decision.requested.attempt)}
        request = dg.RunRequest(run_key=decision.run_key, tags=tags)
        return dg.SensorResult(run_requests=[request], cursor=decision.requested.to_cursor())

    return notice_landed_files


def _dropped(house: House) -> list[str]:
    """Files that people dropped and that are whole, each with the instant it was last written: another file may well
    come under the same name."""
    found: list[str] = []
    for _, path in dropped_files(ports=house.imports()):
        written = path.stat().st_mtime
        if house.wall_clock() - datetime.fromtimestamp(written, UTC) >= SETTLED:
            found.append(f"{path}@{written}")
    return found
