"""Reads the published marts for checks, summaries and pictures: small answers, always from one whole snapshot."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from actions.house import House
from weir.opening import open_published


@contextmanager
def published_marts(house: House) -> Generator[duckdb.DuckDBPyConnection]:
    with open_published(house.home.root) as connection:
        yield connection


def daily_spend_by_platform(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Mapping[date, float]]:
    """Platform → day → spend in dollars; a day of which some rate is missing is left out, not drawn too low."""
    spend: dict[str, dict[date, float]] = {}
    query = """
        select platform, date_day, case when count(*) = count(spend_usd) then sum(spend_usd)::double end
        from fct_spend_daily group by all order by all
    """
    for platform, day, amount in connection.execute(query).fetchall():
        if amount is not None:
            spend.setdefault(platform, {})[day] = amount
    return spend


def first_partial_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The first of the newest days that some account had not finished when it was last pulled.

    Zones lie at most a day apart: an older unfinished day is that of an account that is no longer pulled.
    """
    query = """
        select min(date_day) from fct_ad_daily
        where is_partial_day and date_day >= (select max(date_day) from fct_ad_daily) - 1
    """
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def spend_summary(connection: duckdb.DuckDBPyConnection) -> Sequence[Mapping[str, Any]]:
    """One row per platform and account: days, ads, spend as reported and in dollars, and what the platform claims."""
    query = """
        select
            platform, account_id, currency,
            count(distinct date_day) as days,
            count(distinct ad_id) as ads,
            sum(spend_local) as spend_local,
            case when count(*) = count(spend_usd) then sum(spend_usd) end as spend_usd,
            sum(reported_conversions) as reported_conversions
        from fct_ad_daily group by all order by all
    """
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def unexplained_days(connection: duckdb.DuckDBPyConnection) -> Sequence[tuple[str, str, date, Decimal, str]]:
    """Account-days whose total and ads differ by more than is tolerated: platform, account, day, amount, currency."""
    query = """
        select platform, account_id, date_day, unexplained_spend_local, currency
        from fct_account_reconciliation
        where not is_within_tolerance order by abs(unexplained_spend_local) desc
    """
    return connection.execute(query).fetchall()


def rows_by_day(connection: duckdb.DuckDBPyConnection, *, platform: str, account_id: str) -> Mapping[date, int]:
    """How many ad rows each whole day of an account has; none on a day of which only the account's own total is known.

    A day without either had no delivery: there is nothing to count it against.
    """
    query = """
        with days as (
            select distinct date_day from fct_account_reconciliation
            where platform = $platform and account_id = $account_id
        ),

        ads as (
            select date_day, count(*) as rows, bool_or(is_partial_day) as is_partial from fct_ad_daily
            where platform = $platform and account_id = $account_id group by date_day
        )

        select days.date_day, coalesce(ads.rows, 0) from days left join ads using (date_day)
        where not coalesce(ads.is_partial, false)
    """
    bound = {"platform": platform, "account_id": account_id}
    return dict(connection.execute(query, bound).fetchall())
