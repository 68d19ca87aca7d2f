"""Checks on what readers see: do the sums agree, and is it all there.

The rules are pure and live in `analysis`; checks of single tables live beside them in dbt and show up as checks too.
"""

from collections.abc import Iterable

import dagster as dg

from actions.house import House
from actions.read_marts import published_marts, rows_by_day, unexplained_days
from actions.tuned import lowest_volume_share
from analysis.verdict import Verdict
from analysis.volume import judge_volume
from assets.keys import PUBLISHED
from assets.verdicts import told
from connectors.ad_platform import AccountRef


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
