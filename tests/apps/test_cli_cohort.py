"""`weir cohort`: a heat map for people, whole rows for programs, and nothing that is not over yet."""

import csv
import io
from pathlib import Path
from typing import Any

import duckdb
import pytest

RETENTION = """
    select * from (values
        ('weekly', date '2026-03-02', 0, '', '', 10, 10, 1.0, true, false, false),
        ('weekly', date '2026-03-02', 1, '', '', 10, 4, 0.4, true, false, false),
        ('weekly', date '2026-03-02', 2, '', '', 10, 0, 0.0, true, false, false),
        ('weekly', date '2026-03-09', 0, '', '', 30, 30, 1.0, true, false, true),
        ('weekly', date '2026-03-09', 1, '', '', 30, 3, 0.1, true, false, true),
        ('weekly', date '2026-03-09', 2, '', '', 30, null, null, false, false, true),
        ('weekly', date '2026-03-16', 0, '', '', 5, 5, 1.0, false, true, false),
        ('weekly', date '2026-03-16', 1, '', '', 5, null, null, false, true, false),
        ('weekly', date '2026-03-16', 2, '', '', 5, null, null, false, true, false),
        ('weekly', date '2026-03-02', 0, 'channel', 'Email', 4, 4, 1.0, true, false, false),
        ('weekly', date '2026-03-02', 1, 'channel', 'Email', 4, 3, 0.75, true, false, false)
    ) as cells (definition, cohort_period, k, breakdown, breakdown_value, cohort_size, value, share,
        is_ripe, is_running, is_partial)
"""
REVENUE = """
    select * from (values
        ('weekly', date '2026-03-02', 0, '', '', 10, 50.00, 5.0, true, false, false),
        ('weekly', date '2026-03-09', 0, '', '', 30, null, null, true, false, false)
    ) as cells (definition, cohort_period, k, breakdown, breakdown_value, cohort_size, cumulative_revenue_usd,
        cumulative_revenue_per_user_usd, is_ripe, is_running, is_partial)
"""


@pytest.fixture
def published(home: Path) -> None:
    for mart, rows in {"fct_retention": RETENTION, "fct_revenue_cohorts": REVENUE}.items():
        folder = home / "published" / "current" / mart
        folder.mkdir(parents=True)
        duckdb.connect().sql(rows).write_parquet(str(folder / "part.parquet"))


def lines(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()]


@pytest.mark.usefixtures("published")
def test_a_heat_map_has_a_line_for_each_cohort_and_leaves_empty_what_is_not_over(weir: Any) -> None:
    shown = lines(weir("cohort", "weekly").out)
    assert shown[1:5] == [
        ["cohort", "members", "1", "2"],
        ["2026-03-02", "10", "40.0", "0.0"],
        ["2026-03-09~", "30", "10.0"],
        ["2026-03-16*", "5"],
    ]


@pytest.mark.usefixtures("published")
def test_all_retentions_in_short_weigh_every_member_of_ripe_cohorts_alike(weir: Any) -> None:
    # 4 of 10 and 3 of 30 came back in the first week; the second is over for the first cohort alone.
    assert lines(weir("cohort").out)[:2] == [
        ["retention", "cohorts", "members", "1", "2"],
        ["weekly", "3", "45", "17.5", "0.0"],
    ]


@pytest.mark.usefixtures("published")
def test_one_value_of_a_breakdown_can_be_shown(weir: Any) -> None:
    assert lines(weir("cohort", "weekly", "--only", "channel=Email").out)[2] == ["2026-03-02", "4", "75.0"]


@pytest.mark.usefixtures("published")
def test_revenue_is_dollars_for_each_member_and_empty_where_a_rate_is_missing(weir: Any) -> None:
    shown = lines(weir("cohort", "weekly", "--revenue").out)
    assert shown[1:4] == [["cohort", "members", "0"], ["2026-03-02", "10", "5.00"], ["2026-03-09", "30"]]
    assert lines(weir("cohort", "--revenue").out)[1] == ["weekly", "2", "40", "5.00"]


@pytest.mark.usefixtures("published")
def test_programs_get_the_rows_as_they_are(weir: Any, tmp_path: Path) -> None:
    told = weir("cohort", "weekly", "--json").json
    assert [(row["cohort_period"], row["k"], row["value"]) for row in told][:4] == [
        ("2026-03-02", 0, 10),
        ("2026-03-02", 1, 4),
        ("2026-03-02", 2, 0),
        ("2026-03-09", 0, 30),
    ]
    assert len(told) == 9

    rows = list(csv.DictReader(io.StringIO(weir("cohort", "weekly", "--csv").out)))
    assert [row["value"] for row in rows] == ["10", "4", "0", "30", "3", "", "5", "", ""]

    file = tmp_path / "cells.parquet"
    assert weir("cohort", "--parquet", str(file)).out == ""
    assert duckdb.connect().sql(f"select count(*), sum(value) from '{file}'").fetchall() == [(9, 52)]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["monthly"], "There is weekly"),
        (["weekly", "--only", "channel=Post"], "channel=Email"),
        (["--json", "--csv"], "Choose one"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(weir: Any, arguments: list[str], said: str) -> None:
    ended = weir("cohort", *arguments)
    assert ended.code == 2
    assert said in ended.err


def test_a_build_without_the_mart_says_how_to_get_it(weir: Any, home: Path) -> None:
    folder = home / "published" / "current" / "fct_ad_daily"
    folder.mkdir(parents=True)
    duckdb.connect().sql("select 1 as one").write_parquet(str(folder / "part.parquet"))
    ended = weir("cohort")
    assert ended.code == 4
    assert "weir build" in ended.err
