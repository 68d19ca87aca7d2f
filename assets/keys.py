"""The keys, partitions and pools that assets, checks and sensors share, each said once."""

from datetime import date

import dagster as dg

from connectors.ad_platform import AccountRef, DayWindow

WAREHOUSE_POOL = "warehouse"
PUBLISHED = dg.AssetKey(["published", "marts"])


def landing_key(account: AccountRef) -> dg.AssetKey:
    return dg.AssetKey(["landing", account.party, account.account_id])


def raw_key(*names: str) -> dg.AssetKey:
    """Of a party's entity, or of what the lake tells of itself (`loads`)."""
    return dg.AssetKey(["raw", *names])


def op_name(*parts: str) -> str:
    """A name that Dagster takes: account ids hold signs that it does not."""
    return "__".join("".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in part) for part in parts)


def account_pool(account: AccountRef) -> str:
    """One pull an account at a time: its landing folder has one writer, and its quota one user."""
    return op_name(account.party, account.account_id)


def account_tags(account: AccountRef) -> dict[str, str]:
    """What runs about one account are found by."""
    return {"party": account.party, "account": account.account_id}


def days_partitions(*, first_day: date, days_ahead: int = 0) -> dg.DailyPartitionsDefinition:
    """Account-local days by name. The running day is one of them, so that today's partial numbers can be pulled.

    Dagster counts real days; in a practice world whose clock is moved by hand, some more may have come already.
    """
    return dg.DailyPartitionsDefinition(start_date=first_day.isoformat(), end_offset=1 + days_ahead)


def window_of(context: dg.AssetExecutionContext) -> DayWindow:
    """The half-open days that a run was asked for, one partition or a whole range."""
    span = context.partition_time_window
    return DayWindow(span.start.date(), span.end.date())
