"""Checks on what an account's pulls landed: is it fresh, and did every day arrive.

They run after each pull and every hour besides, since pulls that have stopped check nothing.
"""

import dagster as dg

from actions.house import House
from actions.newest_pulls import newest_pulls
from actions.tuned import tolerated_age
from analysis.freshness import SourceAge, judge_freshness
from analysis.verdict import Verdict
from assets.keys import landing_key
from assets.verdicts import told
from connectors.ad_platform import AccountRef


def build_account_checks(account: AccountRef, *, days: dg.DailyPartitionsDefinition) -> list[dg.AssetChecksDefinition]:
    name = f"{account.party} {account.account_id}"
    key = landing_key(account)

    @dg.asset_check(
        asset=key,
        name="is_fresh",
        description="Each entity's last pull that landed is no older than the config key checks.freshness_hours says.",
    )
    def is_fresh(house: dg.ResourceParam[House]) -> dg.AssetCheckResult:
        pulls = newest_pulls(house, account)
        sources = [SourceAge(name=f"{name} {entity}", last_pull=at) for entity, at in pulls.items()]
        return told(judge_freshness(sources, as_of=house.clock(), tolerated=tolerated_age(house)))

    @dg.asset_check(
        asset=key,
        name="has_no_failed_partitions",
        description="No day whose last pull failed is waiting to be pulled again.",
    )
    def has_no_failed_partitions(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        statuses = context.instance.get_status_by_partition(key, days.get_partition_keys(), days) or {}
        failed = [day for day, status in statuses.items() if status is not None and status.value == "FAILED"]
        failures = tuple(f"{day}: the last pull failed; run this partition again" for day in failed)
        return told(Verdict(failures), failed=len(failed))

    return [is_fresh, has_no_failed_partitions]
