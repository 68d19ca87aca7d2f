"""Asset checks on what flows: is it fresh, is it all there, do the sums agree, did every day arrive.

The rules are pure and live in `analysis`; checks of single tables live beside them in dbt and show up as checks too.
"""

from collections.abc import Iterable
from datetime import timedelta

import dagster as dg

from actions.house import House
from actions.read_marts import published_marts, rows_by_day, unexplained_days
from analysis.freshness import SourceAge, judge_freshness
from analysis.verdict import Verdict
from analysis.volume import judge_volume
from assets.keys import PUBLISHED, landing_key, raw_key
from connectors.ad_platform import AccountRef

TOLERATED_AGE = timedelta(hours=26)  # a daily pull, and two hours for it to be late
COUNTS_CHECK = "adds_up_and_nothing_is_set_aside"
_SHOWN = 20


def told(verdict: Verdict, *, severity: dg.AssetCheckSeverity, **metadata: int) -> dg.AssetCheckResult:
    """Every reason goes to the reader, a dozen or so in full."""
    lines = [*verdict.failures, *verdict.notes]
    text = "\n".join(f"- {line}" for line in lines[:_SHOWN])
    return dg.AssetCheckResult(
        passed=verdict.passed,
        severity=severity,
        description=(verdict.failures or ("as it should be",))[0],
        metadata={"why": dg.MetadataValue.md(text or "nothing to judge"), **metadata},
    )


def build_account_checks(account: AccountRef, *, days: dg.DailyPartitionsDefinition) -> list[dg.AssetChecksDefinition]:
    name = f"{account.party} {account.account_id}"
    key = landing_key(account)

    @dg.asset_check(asset=key, name="is_fresh", description="The last pull that landed is less than 26 hours old.")
    def is_fresh(house: dg.ResourceParam[House]) -> dg.AssetCheckResult:
        at = house.standing.last_pull(party=account.party, account_id=account.account_id)
        verdict = judge_freshness([SourceAge(name=name, last_pull=at)], as_of=house.clock(), tolerated=TOLERATED_AGE)
        return told(verdict, severity=dg.AssetCheckSeverity.ERROR)

    @dg.asset_check(
        asset=key,
        name="has_no_failed_partitions",
        description="No day whose last pull failed is waiting to be pulled again.",
    )
    def has_no_failed_partitions(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        statuses = context.instance.get_status_by_partition(key, days.get_partition_keys(), days) or {}
        failed = [day for day, status in statuses.items() if status is not None and status.value == "FAILED"]
        failures = tuple(f"{day}: the last pull failed; run this partition again" for day in failed)
        return told(Verdict(failures), severity=dg.AssetCheckSeverity.ERROR, failed=len(failed))

    return [is_fresh, has_no_failed_partitions]


def counts_check(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """Judged by the step that loads: a step of its own for each entity would cost more than the judging."""
    return dg.AssetCheckSpec(
        name=COUNTS_CHECK,
        asset=key,
        description="Landed = raw + duplicates + quarantined over all loads, and no row was quarantined.",
    )


def judge_counts(house: House, *, party: str, entity: str) -> dg.AssetCheckResult:
    counts = house.standing.counts(party=party, entity=entity)
    failures = [
        f"{each.file}, line {each.line}: {each.reasons}"
        for each in house.standing.set_aside(party=party, entity=entity, most=_SHOWN)
    ]
    if counts.landed != counts.raw + counts.duplicates + counts.quarantined:
        failures.insert(0, f"{counts.landed} rows landed, but the rest does not add up to it: {counts}")
    result = told(
        Verdict(tuple(failures)),
        severity=dg.AssetCheckSeverity.WARN,
        landed=counts.landed,
        quarantined=counts.quarantined,
    )
    return result._replace(asset_key=raw_key(party, entity), check_name=COUNTS_CHECK)


def build_published_checks(accounts: Iterable[AccountRef]) -> list[dg.AssetChecksDefinition]:
    accounts = tuple(accounts)

    @dg.asset_check(
        asset=PUBLISHED,
        name="spend_reconciles",
        description="What the ads of an account-day spent agrees with the account's own total, within tolerance.",
    )
    def spend_reconciles(house: dg.ResourceParam[House]) -> dg.AssetCheckResult:
        with published_marts(house) as connection:
            days = unexplained_days(connection)
        failures = tuple(
            f"{platform} {account} {day}: {amount:f} {currency} that no ad explains"
            for platform, account, day, amount, currency in days
        )
        return told(Verdict(failures), severity=dg.AssetCheckSeverity.WARN, days=len(days))

    @dg.asset_check(
        asset=PUBLISHED,
        name="has_its_usual_volume",
        description="The last whole day of each account has at least half of its usual number of ad rows.",
    )
    def has_its_usual_volume(house: dg.ResourceParam[House]) -> dg.AssetCheckResult:
        failures, notes = [], []
        with published_marts(house) as connection:
            for account in accounts:
                by_day = rows_by_day(connection, platform=account.party, account_id=account.account_id)
                if by_day:
                    verdict = judge_volume(by_day, day=max(by_day))
                    failures += [f"{account.party} {account.account_id}, {each}" for each in verdict.failures]
                    notes += [f"{account.party} {account.account_id}, {each}" for each in verdict.notes]
        return told(Verdict(tuple(failures), tuple(notes)), severity=dg.AssetCheckSeverity.WARN)

    return [spend_reconciles, has_its_usual_volume]
