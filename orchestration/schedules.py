"""The timetable: when each account's days are asked for. Schedules arrive stopped wherever nothing may run by itself.

| schedule | when (UTC) | what |
|---|---|---|
| pull_every_day | 05:15 | the platform's whole look-back, and whatever was missed |
| pull_every_hour | minute 45 | the days that change most |
"""

from collections.abc import Sequence

import dagster as dg

from actions.house import House
from actions.ingest_account import FULL, HOT, window_of_run
from assets.day_range import range_tags
from assets.keys import landing_key
from connectors.ad_platform import AccountRef

CRONS = {FULL: ("pull_every_day", "15 5 * * *"), HOT: ("pull_every_hour", "45 * * * *")}


def build_pull_schedule(
    reach: str,
    *,
    job_name: str,
    accounts: Sequence[AccountRef],
    days: dg.DailyPartitionsDefinition,
    status: dg.DefaultScheduleStatus,
) -> dg.ScheduleDefinition:
    name, cron = CRONS[reach]

    @dg.schedule(
        name=name,
        cron_schedule=cron,
        job_name=job_name,
        execution_timezone="UTC",
        default_status=status,
        description=f"Pulls each account's {'whole look-back' if reach == FULL else 'latest days'}, a run an account.",
    )
    def pull(context: dg.ScheduleEvaluationContext, house: dg.ResourceParam[House]):
        today = house.clock().date()
        for account in accounts:
            window = window_of_run(house, account, reach=reach, timezone="UTC")
            yield dg.RunRequest(
                run_key=f"{name}:{account.party}:{account.account_id}:{context.scheduled_execution_time.isoformat()}",
                asset_selection=[landing_key(account)],
                tags={
                    **range_tags(window, days=days, today=today),
                    "party": account.party,
                    "account": account.account_id,
                },
            )

    return pull
