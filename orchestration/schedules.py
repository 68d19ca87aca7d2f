"""The timetable: when each account's days are asked for, and when the accounts are looked after.

Schedules arrive stopped wherever nothing may run by itself.

| schedule | when (UTC) | what |
|---|---|---|
| pull_every_day | 05:15 | the platform's whole look-back, and whatever was missed |
| pull_every_hour | minute 45 | the days that change most, and whatever was missed |
| check_accounts_every_hour | minute 20 | whether every account is fresh and without failed days, every source heard |
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dagster as dg

from actions.house import House
from actions.ingest_account import FULL, HOT, window_of_run
from assets.day_range import range_tags
from assets.keys import account_tags, landing_key
from connectors.ad_platform import AccountRef


@dataclass(frozen=True, kw_only=True)
class Timing:
    name: str
    cron: str
    description: str


PULLS = {
    FULL: Timing(
        name="pull_every_day",
        cron="15 5 * * *",
        description="Pulls each account's whole look-back and whatever was missed, a run an account.",
    ),
    HOT: Timing(
        name="pull_every_hour",
        cron="45 * * * *",
        description="Pulls the days of each account that change most and whatever was missed, a run an account.",
    ),
}
CHECKS = Timing(
    name="check_accounts_every_hour",
    cron="20 * * * *",
    description="Judges whether every account is fresh and without failed days, and every source heard.",
)


def build_pull_schedule(
    reach: str,
    *,
    job_name: str,
    accounts: Sequence[AccountRef],
    days: dg.DailyPartitionsDefinition,
    status: dg.DefaultScheduleStatus,
) -> dg.ScheduleDefinition:
    timing = PULLS[reach]

    @dg.schedule(
        name=timing.name,
        cron_schedule=timing.cron,
        job_name=job_name,
        execution_timezone="UTC",
        default_status=status,
        description=timing.description,
    )
    def pull(context: dg.ScheduleEvaluationContext, house: dg.ResourceParam[House]) -> Iterator[dg.RunRequest]:
        today = house.clock().date()
        for account in accounts:
            window = window_of_run(house, account, reach=reach, timezone="UTC")
            due = context.scheduled_execution_time.isoformat()
            yield dg.RunRequest(
                run_key=f"{timing.name}:{account.party}:{account.account_id}:{due}",
                asset_selection=[landing_key(account)],
                tags={**range_tags(window, days=days, today=today), **account_tags(account)},
            )

    return pull


def build_check_schedule(*, job_name: str, status: dg.DefaultScheduleStatus) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        name=CHECKS.name,
        cron_schedule=CHECKS.cron,
        job_name=job_name,
        execution_timezone="UTC",
        default_status=status,
        description=CHECKS.description,
    )
