"""The keys, partitions and pools that assets, checks and sensors share, each said once."""

from datetime import date

import dagster as dg

from connectors.ad_platform import AccountRef, DayWindow

WAREHOUSE_POOL = "warehouse"
PUBLISHED = dg.AssetKey(["published", "marts"])


def landing_key(account: AccountRef) -> dg.AssetKey:
    return dg.AssetKey(["landing", account.party, account.account_id])


def raw_key(party: str, entity: str) -> dg.AssetKey:
    return dg.AssetKey(["raw", party, entity])


def account_pool(account: AccountRef) -> str:
    """One pull an account at a time: its landing folder has one writer, and its quota one user."""
    return f"{account.party}_{account.account_id}".replace("-", "_").replace("@", "")


def op_name(*parts: str) -> str:
    """A name that Dagster takes: account ids hold signs that it does not."""
    return "__".join("".join(sign if sign.isalnum() else "_" for sign in part) for part in parts)


def days_partitions(*, first_day: date) -> dg.DailyPartitionsDefinition:
    """Account-local days by name. The running day is one of them, so that today's partial numbers can be pulled."""
    return dg.DailyPartitionsDefinition(start_date=first_day.isoformat(), end_offset=1)


def window_of(context: dg.AssetExecutionContext) -> DayWindow:
    """The half-open days that a run was asked for, one partition or a whole range."""
    span = context.partition_time_window
    return DayWindow(span.start.date(), span.end.date())
