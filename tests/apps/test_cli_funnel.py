"""`weir funnel`: steps with bars for people, whole rows for programs, and errors that say what there is."""

import csv
import io
from pathlib import Path
from typing import Any

import duckdb
import pytest

STEP_COLUMNS = """
    funnel, breakdown, breakdown_value, mode, step, is_optional, place, previous_place, people, open_people,
    dropped_people, conversion_from_previous, conversion_from_first, median_seconds_from_previous,
    median_seconds_from_entry
"""
STEPS = """
    ('checkout', 'all', 'all', 'ordered', 'view', false, 1, null, 40, 3, null, null, 1.0, null, null),
    ('checkout', 'all', 'all', 'ordered', 'coupon', true, 2, 1, 10, 0, 30, 0.25, 0.25, 30.0, 30.0),
    ('checkout', 'all', 'all', 'ordered', 'buy', false, 3, 1, 20, 0, 20, 0.5, 0.5, 600.0, 5400.0),
    ('checkout', 'channel', 'Email', 'ordered', 'view', false, 1, null, 4, 0, null, null, 1.0, null, null),
    ('checkout', 'channel', 'Email', 'ordered', 'coupon', true, 2, 1, 0, 0, 4, 0.0, 0.0, null, null),
    ('checkout', 'channel', 'Email', 'ordered', 'buy', false, 3, 1, 1, 0, 3, 0.25, 0.25, 60.0, 60.0),
    ('nobody', 'all', 'all', 'strict', 'a', false, 1, null, 0, 0, null, null, null, null, null),
    ('nobody', 'all', 'all', 'strict', 'b', false, 2, 1, 0, 0, 0, null, null, null, null)
"""
DAYS = """
    ('checkout', date '2026-01-01', 'view', false, 1, 4, 0, 1.0),
    ('checkout', date '2026-01-01', 'buy', false, 3, 1, 0, 0.25)
"""


@pytest.fixture
def published(home: Path) -> None:
    tables = {
        "fct_funnel_steps": (STEPS, STEP_COLUMNS),
        "fct_funnel_daily": (
            DAYS,
            "funnel, date_day, step, is_optional, place, people, open_people, conversion_from_first",
        ),
    }
    for mart, (values, columns) in tables.items():
        folder = home / "published" / "current" / mart
        folder.mkdir(parents=True)
        rows = duckdb.connect().sql(f"select * from (values {values}) as rows ({columns})")
        rows.write_parquet(str(folder / "part.parquet"))


@pytest.mark.usefixtures("published")
def test_all_funnels_are_told_in_a_line_each(weir: Any) -> None:
    assert [line.split() for line in weir("funnel").out.splitlines()[:3]] == [
        ["funnel", "mode", "steps", "entered", "converted", "open", "share", "median", "time"],
        ["checkout", "ordered", "3", "40", "20", "3", "50.0", "%", "1.5", "h"],
        ["nobody", "strict", "2", "0", "0", "0"],
    ]


@pytest.mark.usefixtures("published")
def test_one_funnel_is_told_step_by_step_with_a_bar(weir: Any) -> None:
    lines = [line.split() for line in weir("funnel", "checkout").out.splitlines()]
    assert lines[2] == ["1", "view", "40", "3", "100.0", "%", "█" * 30]
    assert lines[3] == ["2", "(coupon)", "10", "30", "0", "25.0", "%", "25.0", "%", "30", "s", "█" * 8]
    assert lines[4] == ["3", "buy", "20", "20", "0", "50.0", "%", "50.0", "%", "10.0", "m", "█" * 15]


@pytest.mark.usefixtures("published")
def test_only_some_people_are_told(weir: Any) -> None:
    rows = weir("funnel", "checkout", "--only", "channel=Email", "--json").json
    assert [(row["place"], row["people"]) for row in rows] == [(1, 4), (2, 0), (3, 1)]
    ended = weir("funnel", "checkout", "--only", "channel=Fax")
    assert (ended.code, "channel=Email" in ended.err) == (2, True)


@pytest.mark.usefixtures("published")
def test_days_are_told_for_people_and_programs(weir: Any, tmp_path: Path) -> None:
    assert weir("funnel", "--daily").out.splitlines()[1].split()[1:6] == ["2026-01-01", "4", "1", "0", "25.0"]
    rows = list(csv.DictReader(io.StringIO(weir("funnel", "checkout", "--daily", "--csv").out)))
    assert [(row["place"], row["people"]) for row in rows] == [("1", "4"), ("3", "1")]
    file = tmp_path / "days.parquet"
    weir("funnel", "checkout", "--daily", "--parquet", str(file))
    assert duckdb.connect().read_parquet(str(file)).aggregate("sum(people)").fetchall() == [(5,)]


@pytest.mark.usefixtures("published")
def test_a_funnel_that_is_not_there_names_those_that_are(weir: Any) -> None:
    ended = weir("funnel", "chekout")
    assert (ended.code, ended.err.splitlines()) == (
        2,
        ["there is no funnel 'chekout'", "There is checkout, nobody."],
    )
