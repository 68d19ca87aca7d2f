"""`landing/<party>/<account>`: what one account of a party said about a range of days, kept word for word.

One asset an account, so that a suspended one never stops the others. Reading it into the lake is `assets.raw`'s work.
"""

import dagster as dg

from actions.house import House
from actions.ingest_account import NothingToAsk, ingest_account
from actions.pull_account import AccountPull
from assets.described import Metadata, described, table
from assets.failures import Retries, tell_dagster
from assets.keys import account_pool, account_tags, landing_key, op_name, window_of
from connectors.ad_platform import AccountRef, PartySpec
from connectors.taxonomy import PartyError


def build_landing(spec: PartySpec, account: AccountRef, *, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    asset = described(
        landing_key(account).path,
        group="landing",
        kinds=("python", spec.env_prefix.lower()),
        description=(
            f"One row is one object as {spec.title} described it for account {account.account_id}, verbatim, never "
            f"edited. A run of several days is one pull; the last {spec.look_back.days} days are asked for again and "
            "again, because they still change."
        ),
        metadata={"account": account.account_id, "look-back (days)": spec.look_back.days},
        partitions_def=days,
    )

    @dg.multi_asset(
        specs=[asset],
        name=op_name("pull", account.party, account.account_id),
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=account_pool(account),
        op_tags=account_tags(account),
    )
    def pull(
        context: dg.AssetExecutionContext, house: dg.ResourceParam[House], retries: dg.ResourceParam[Retries]
    ) -> dg.MaterializeResult:
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
        except PartyError as error:
            tell_dagster([error], retries=retries, retry_number=context.retry_number)
        if pulled.failures:  # what did land has landed: the next try only adds
            tell_dagster(pulled.failures, retries=retries, retry_number=context.retry_number)
        return dg.MaterializeResult(metadata=_told(pulled))

    return pull


def _told(pulled: AccountPull) -> Metadata:
    facts: dict[str, dg.MetadataValue | int | float | str] = {"rows": pulled.rows}
    if pulled.window is not None:
        days = (pulled.window.until - pulled.window.since).days
        facts |= {"window": f"{pulled.window.since} to {pulled.window.until} (exclusive)", "days": days}
    if pulled.profile is not None:
        facts |= {"account": pulled.profile.name, "time zone": pulled.profile.timezone}
        if pulled.spend is not None:
            facts["spend"] = f"{pulled.spend.normalize():f} {pulled.profile.currency}"
    if pulled.requests is not None:
        facts["requests"] = pulled.requests
    entities = [{"entity": each.entity, "rows": each.rows, "bytes": each.bytes} for each in pulled.entities]
    return {**facts, **table("entities", entities)}
