"""Asset checks on what flows: is it fresh, did every day arrive, is it all there, do the sums agree.

The rules are pure and live in `analysis`, their tunable numbers in the ledger's config; checks of single tables live
beside them in dbt and show up as checks too.
"""

from collections.abc import Iterable, Sequence

import dagster as dg

from actions.house import House
from actions.newest_pulls import newest_pulls
from actions.read_marts import published_marts, rows_by_day, unexplained_days
from actions.tuned import lowest_volume_share, tolerated_age
from analysis.freshness import SourceAge, judge_freshness
from analysis.verdict import Verdict
from analysis.volume import judge_volume
from assets.keys import PUBLISHED, landing_key, raw_key
from connectors.ad_platform import AccountRef

WHOLE_CHECK = "holds_all_that_landed"
_SHOWN = 20


def told(
    verdict: Verdict, *, severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR, **metadata: int
) -> dg.AssetCheckResult:
    """Every reason goes to the reader, a dozen or so in full."""
    lines = [*verdict.failures, *verdict.notes]
    shown = [f"- {line}" for line in lines[:_SHOWN]]
    if len(lines) > _SHOWN:
        shown.append(f"- and {len(lines) - _SHOWN} more")
    return dg.AssetCheckResult(
        passed=verdict.passed,
        severity=severity,
        description=(verdict.failures or ("as it should be",))[0],
        metadata={"why": dg.MetadataValue.md("\n".join(shown) or "nothing to judge"), **metadata},
    )


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


def whole_check(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """Judged by the step that loads: a step of its own for each entity would cost more than the judging."""
    return dg.AssetCheckSpec(
        name=WHOLE_CHECK,
        asset=key,
        description=(
            "Landed = raw + duplicates + quarantined over all loads; nothing was quarantined (a warning) or refused, "
            "and nothing is stuck in the landing zone (errors)."
        ),
    )


def judge_whole(house: House, *, party: str, entity: str, problems: Sequence[str]) -> dg.AssetCheckResult:
    """`problems` is what this load could not take. The models go on without it, so it must show here."""
    counts = house.standing.counts(party=party, entity=entity)
    errors = list(problems)
    if counts.landed != counts.raw + counts.duplicates + counts.quarantined:
        errors.append(f"{counts.landed} rows landed, but the rest does not add up to it: {counts}")
    aside = house.standing.set_aside(party=party, entity=entity, most=_SHOWN)
    warnings = [f"{each.file}, line {each.line}: {each.reasons}" for each in aside]
    result = told(
        Verdict((*errors, *warnings)),
        severity=dg.AssetCheckSeverity.ERROR if errors else dg.AssetCheckSeverity.WARN,
        landed=counts.landed,
        raw=counts.raw,
        duplicates=counts.duplicates,
        quarantined=counts.quarantined,
    )
    return result._replace(asset_key=raw_key(party, entity), check_name=WHOLE_CHECK)


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
            f"{platform} {account} {day}: {amount.normalize():f} {currency} that no ad explains"
            for platform, account, day, amount, currency in days
        )
        return told(Verdict(failures), severity=dg.AssetCheckSeverity.WARN, days=len(days))

    @dg.asset_check(
        asset=PUBLISHED,
        name="has_its_usual_volume",
        description=(
            "The last whole day of each account has at least the share of its usual ad rows that the config key "
            "checks.lowest_volume_share asks for."
        ),
    )
    def has_its_usual_volume(house: dg.ResourceParam[House]) -> dg.AssetCheckResult:
        failures, notes = [], []
        share = lowest_volume_share(house)
        with published_marts(house) as connection:
            for account in accounts:
                by_day = rows_by_day(connection, platform=account.party, account_id=account.account_id)
                if by_day:
                    verdict = judge_volume(by_day, day=max(by_day), lowest_share=share)
                    failures += [f"{account.party} {account.account_id}, {each}" for each in verdict.failures]
                    notes += [f"{account.party} {account.account_id}, {each}" for each in verdict.notes]
        return told(Verdict(tuple(failures), tuple(notes)), severity=dg.AssetCheckSeverity.WARN)

    return [spend_reconciles, has_its_usual_volume]
