"""`landing/<party>/<account>`: what one account of a platform said about a range of days, kept word for word.

One asset an account, so that a suspended one never stops the others. Reading it into the lake is `assets.raw`'s work.
"""

import dagster as dg

from actions.house import House
from actions.ingest_account import NothingToAsk, ingest_account
from actions.pull_account import AccountPull
from assets.described import described
from assets.failures import told_to_dagster
from assets.keys import account_pool, landing_key, op_name, window_of
from connectors.ad_platform import AccountRef, AdPlatformSpec


def build_landing(
    spec: AdPlatformSpec, account: AccountRef, *, days: dg.DailyPartitionsDefinition
) -> dg.AssetsDefinition:
    asset = described(
        landing_key(account).path,
        group="landing",
        kinds=("python", spec.env_prefix.lower()),
        description=(
            f"One row is one object as {spec.title} described it for account {account.account_id}, verbatim, never "
            f"edited. A run of several days is one pull; the last {spec.look_back.days} days are asked for again and "
            "again, because the platform still changes them."
        ),
        metadata={"account": account.account_id, "look-back (days)": spec.look_back.days},
    )

    @dg.multi_asset(
        specs=[asset.replace_attributes(partitions_def=days)],
        name=op_name("pull", account.party, account.account_id),
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=account_pool(account),
        op_tags={"party": account.party, "account": account.account_id},
    )
    def pull(context: dg.AssetExecutionContext, house: dg.ResourceParam[House]) -> dg.MaterializeResult:
        with told_to_dagster(retry_number=context.retry_number):
            try:
                pulled = ingest_account(
                    house,
                    account,
                    run_id=f"{context.run.run_id[:8]}-{context.retry_number}",
                    window=window_of(context),
                    on_progress=context.log.info,
                )
            except NothingToAsk as nothing:
                return dg.MaterializeResult(metadata={"rows": 0, "why": str(nothing)})
            if pulled.failures:
                raise pulled.failures[0]  # what did land has landed: the next try only adds
            return dg.MaterializeResult(metadata=_told(pulled))

    return pull


def _told(pulled: AccountPull) -> dict[str, dg.MetadataValue | int | float | str]:
    profile = pulled.profile
    spend = next((each.spend for each in pulled.entities if each.entity == "account_daily"), None)
    window = next((each.window for each in pulled.entities if each.window), None)
    facts: dict[str, dg.MetadataValue | int | float | str] = {"rows": pulled.rows}
    if window is not None:
        facts |= {"window": f"{window.since} to {window.until} (exclusive)", "days": (window.until - window.since).days}
    if profile is not None:
        facts |= {"account": profile.name, "time zone": profile.timezone}
        if spend is not None:
            facts["spend"] = f"{spend:f} {profile.currency}"
    if pulled.requests is not None:
        facts["requests"] = pulled.requests
    rows = [dg.TableRecord({"entity": each.entity, "rows": each.rows, "bytes": each.bytes}) for each in pulled.entities]
    return {**facts, "entities": dg.MetadataValue.table(rows)}
