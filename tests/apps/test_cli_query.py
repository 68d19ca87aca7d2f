"""`weir query`: whole answers for programs, tables for people, and errors that say what there is."""

import csv
import io
from pathlib import Path
from typing import Any

import duckdb
import pytest


@pytest.fixture
def published(home: Path) -> None:
    folder = home / "published" / "current" / "fct_ad_daily"
    folder.mkdir(parents=True)
    rows = """
        select date '2026-11-01' as date_day, cast(12.30 as decimal(18, 2)) as spend, 'a,b' as name, null as note,
            cast('nan' as double) as rate
        union all
        select date '2026-11-02', 0.05, 'ü', null, 1.5
    """
    duckdb.connect().sql(rows).write_parquet(str(folder / "part.parquet"))


@pytest.mark.usefixtures("published")
def test_json_is_whole_and_exact(weir: Any) -> None:
    assert weir("query", "select * from fct_ad_daily order by 1", "--json").json == [
        {"date_day": "2026-11-01", "spend": "12.30", "name": "a,b", "note": None, "rate": None},
        {"date_day": "2026-11-02", "spend": "0.05", "name": "ü", "note": None, "rate": 1.5},
    ]


@pytest.mark.usefixtures("published")
def test_csv_is_whole_and_exact(weir: Any) -> None:
    out = weir("query", "select date_day, spend, name, note from fct_ad_daily order by 1", "--csv").out
    assert list(csv.reader(io.StringIO(out))) == [
        ["date_day", "spend", "name", "note"],
        ["2026-11-01", "12.30", "a,b", ""],
        ["2026-11-02", "0.05", "ü", ""],
    ]


@pytest.mark.usefixtures("published")
def test_a_table_is_not_cut_when_piped_and_markup_is_only_text(weir: Any) -> None:
    out = weir("query", "select '[bold]' || repeat('x', 300) as wide").out
    assert "[bold]" + "x" * 300 in out


@pytest.mark.usefixtures("published")
def test_a_long_table_says_how_much_is_not_shown_and_json_leaves_nothing_out(weir: Any) -> None:
    ended = weir("query", "select * from range(1000)")
    assert "200 of 1000 rows shown" in ended.err
    assert len(weir("query", "select * from range(1000)", "--json").json) == 1000


@pytest.mark.usefixtures("published")
def test_no_text_is_a_formula_in_the_spreadsheet_that_opens_the_csv(weir: Any) -> None:
    cells = ["=HYPERLINK(1)", "+1+1", "@SUM(A1)", "-2+3", "-1005782947708", "plain"]
    row = ", ".join(f"'{cell}'" for cell in cells)
    written = weir("query", f"select {row}, -3", "--csv").out.splitlines()[1]
    assert written == "'=HYPERLINK(1),'+1+1,'@SUM(A1),'-2+3,-1005782947708,plain,-3"


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select * from fct_ad_dayly", "fct_ad_daily"),
        ("selec 1", "syntax error"),
        ("select 1; select 2", "not one statement"),
        ("", "not one statement"),
        ("drop view fct_ad_daily", "read-only"),
    ],
)
def test_sql_that_cannot_be_answered_ends_with_two_and_says_why(weir: Any, sql: str, said: str) -> None:
    ended = weir("query", sql)
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""


def test_before_the_first_build_it_says_so(weir: Any) -> None:
    ended = weir("query", "select 1")
    assert ended.code == 4
    assert "`weir build` publishes the marts" in ended.err
