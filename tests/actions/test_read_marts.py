"""What is read from a published snapshot for checks and pictures, from marts of a few rows written by hand."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from actions.draw_spend import draw_daily_spend
from actions.house import open_house
from actions.read_marts import (
    daily_spend_by_platform,
    first_partial_day,
    published_marts,
    rows_by_day,
    spend_summary,
    unexplained_days,
)

AD_DAYS = """
    select * from (values
        ('meta_ads', '1', date '2026-11-01', 'a', 'USD', 10.0, 10.0, 1, false),
        ('meta_ads', '1', date '2026-11-01', 'b', 'USD', 5.0, 5.0, 2, false),
        ('meta_ads', '1', date '2026-11-04', 'a', 'USD', 7.0, 7.0, null, true),
        ('x_ads', '2', date '2026-11-01', 'c', 'JPY', 900.0, null, 3, false),
        ('x_ads', 'gone', date '2026-06-30', 'd', 'USD', 1.0, 1.0, 0, true)
    ) as t (platform, account_id, date_day, ad_id, currency, spend_local, spend_usd, reported_conversions,
            is_partial_day)
"""
SPEND = """
    select * from (values
        ('meta_ads', date '2026-11-01', 10.0), ('meta_ads', date '2026-11-01', 5.0),
        ('x_ads', date '2026-11-01', 6.0), ('x_ads', date '2026-11-01', null)
    ) as t (platform, date_day, spend_usd)
"""
ACCOUNTS = """
    select * from (values
        ('meta_ads', '1', date '2026-11-01', 0.0, 'USD', true),
        ('meta_ads', '1', date '2026-11-02', 40.0, 'USD', false),
        ('meta_ads', '1', date '2026-11-04', -50.0, 'USD', false),
        ('meta_ads', '1', date '2026-11-05', null, 'USD', null)
    ) as t (platform, account_id, date_day, unexplained_spend_local, currency, is_within_tolerance)
"""


def published(home: Path, marts: Mapping[str, str]):
    for name, query in marts.items():
        folder = home / "published" / "builds" / "b1" / name
        folder.mkdir(parents=True)
        duckdb.execute(f"copy ({query}) to '{folder}/part-0.parquet' (format parquet)")
    (home / "published" / "current").symlink_to("builds/b1")
    return published_marts(open_house({"WEIR_HOME": str(home)}))


ALL = {"fct_ad_daily": AD_DAYS, "fct_spend_daily": SPEND, "fct_account_reconciliation": ACCOUNTS}


def test_a_day_without_every_rate_is_left_out_and_not_drawn_too_low(tmp_path: Path) -> None:
    with published(tmp_path, ALL) as connection:
        assert daily_spend_by_platform(connection) == {"meta_ads": {date(2026, 11, 1): 15.0}}


def test_the_partial_days_begin_where_the_newest_ones_do(tmp_path: Path) -> None:
    """An account that stopped in June was last pulled in the middle of a day; that day says nothing of November."""
    with published(tmp_path, ALL) as connection:
        assert first_partial_day(connection) == date(2026, 11, 4)


def test_a_day_with_a_total_and_without_ads_counts_as_none_and_a_partial_day_not_at_all(tmp_path: Path) -> None:
    with published(tmp_path, ALL) as connection:
        found = rows_by_day(connection, platform="meta_ads", account_id="1")
    assert found == {date(2026, 11, 1): 2, date(2026, 11, 2): 0, date(2026, 11, 5): 0}


def test_days_that_do_not_reconcile_come_with_the_largest_first(tmp_path: Path) -> None:
    with published(tmp_path, ALL) as connection:
        days = unexplained_days(connection)
    assert [(day, amount) for _, _, day, amount, _ in days] == [
        (date(2026, 11, 4), Decimal("-50.0")),
        (date(2026, 11, 2), Decimal("40.0")),
    ]


def test_a_summary_has_a_line_for_each_account_and_no_dollars_where_a_rate_is_missing(tmp_path: Path) -> None:
    with published(tmp_path, ALL) as connection:
        lines = {line["account_id"]: line for line in spend_summary(connection)}
    assert lines["1"]["spend_usd"] == Decimal("22.0")
    assert (lines["1"]["days"], lines["1"]["ads"], lines["1"]["reported_conversions"]) == (2, 2, 3)
    assert (lines["2"]["spend_local"], lines["2"]["spend_usd"]) == (Decimal("900.0"), None)


def test_a_picture_is_drawn_with_gaps_an_unfinished_end_and_from_nothing() -> None:
    spend = {"meta_ads": {date(2026, 11, 1): 10.0, date(2026, 11, 3): 12.0}, "x_ads": {date(2026, 11, 2): 3.0}}
    whole = draw_daily_spend(spend, currency="USD")
    shaded = draw_daily_spend(spend, currency="USD", partial_from=date(2026, 11, 3))
    assert whole.startswith(b"\x89PNG\r\n\x1a\n")
    assert shaded != whole
    assert whole == draw_daily_spend(spend, currency="USD"), "the same numbers are the same bytes"
    assert draw_daily_spend({}, currency="USD").startswith(b"\x89PNG\r\n\x1a\n")
