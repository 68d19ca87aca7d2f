"""`weir mrr`: the months of recurring revenue, with a bar for each; whole rows for programs."""

import csv
import io
from pathlib import Path
from typing import Any

import duckdb

COLUMNS = "date_month, is_running, customers, rows_without_rate"
AMOUNTS = "start_usd, new_usd, reactivation_usd, expansion_usd, contraction_usd, churn_usd, end_usd"
MONTHS = """
    (date '2026-01-01', false, 2, 0, 0.00, 1000.00, 0.00, 0.00, 0.00, 0.00, 1000.00),
    (date '2026-02-01', false, 1, 0, 1000.00, 0.00, 0.00, 0.00, -100.00, -400.00, 500.00),
    (date '2026-03-01', true, 2, 1, 500.00, null, null, null, null, null, null)
"""


def publish(home: Path, values: str) -> None:
    folder = home / "published" / "current" / "fct_mrr_monthly"
    folder.mkdir(parents=True)
    rows = duckdb.connect().sql(f"select * from (values {values}) as months ({COLUMNS}, {AMOUNTS})")
    rows.write_parquet(str(folder / "part.parquet"))


def test_a_table_has_every_month_with_its_movements_and_a_bar(weir: Any, home: Path) -> None:
    publish(home, MONTHS)
    out = weir("mrr").out
    assert [line.split() for line in out.splitlines()[:4]] == [
        ["month", "customers", "start", "new", "reactivation", "expansion", "contraction", "churn", "end"],
        ["2026-01", "2", "0.00", "1,000.00", "0.00", "0.00", "0.00", "0.00", "1,000.00", "█" * 30],
        ["2026-02", "1", "1,000.00", "0.00", "0.00", "0.00", "-100.00", "-400.00", "500.00", "█" * 15],
        ["2026-03*", "2", "500.00", "?", "?", "?", "?", "?", "?"],
    ]
    assert "some exchange rate is missing" in out


def test_a_table_can_be_cut_to_the_newest_months_and_programs_get_all_of_them(weir: Any, home: Path) -> None:
    publish(home, MONTHS)
    assert [line.split()[0] for line in weir("mrr", "--months", "1").out.splitlines()[:2]] == ["month", "2026-03*"]
    assert [row["end_usd"] for row in weir("mrr", "--months", "1", "--json").json] == ["1000.00", "500.00", None]
    rows = list(csv.DictReader(io.StringIO(weir("mrr", "--csv").out)))
    assert [row["churn_usd"] for row in rows] == ["0.00", "-400.00", ""]


def test_without_subscriptions_it_says_how_to_bring_some(weir: Any, home: Path) -> None:
    folder = home / "published" / "current" / "fct_mrr_monthly"
    folder.mkdir(parents=True)
    empty = duckdb.connect().sql(f"select * from (values {MONTHS}) as months ({COLUMNS}, {AMOUNTS}) where false")
    empty.write_parquet(str(folder / "part.parquet"))
    ended = weir("mrr")
    assert ended.code == 4
    assert "product/subscriptions" in ended.err
