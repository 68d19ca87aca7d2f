"""`weir roas`: sums before ratios, what is not known left empty, whole rows for programs."""

import csv
import io
from pathlib import Path
from typing import Any

import duckdb
import pytest

DAILY = """
    ('Paid Social', 'meta_ads', 'm', 'c', 'x', 'a', date '2026-11-01', 1.0, 1.0, 4.0, 3.0, 9.0, 0, 0, 0),
    ('Paid Social', 'meta_ads', 'm', 'c', 'x', 'b', date '2026-11-01', 3.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0),
    ('Paid Social', 'x_ads', 'n', 'd', 'y', 'e', date '2026-11-02', null, 1.0, 2.0, null, null, 0, 1, 0),
    ('Email', null, null, null, null, null, date '2026-11-02', null, 2.0, 1000.0, null, null, 0, 0, 0)
"""
DAILY_COLUMNS = """
    channel, platform, account_id, campaign_id, creative_id, ad_id, date_day, spend_usd, attributed_conversions,
    attributed_value_usd, reported_conversions, reported_value_usd, rows_without_rate, spend_rows_without_rate,
    claims_without_rate
"""
CURVE = """
    ('channel', 'Paid Social', date '2026-11-01', 0, true, 10.0, 1.0),
    ('channel', 'Paid Social', date '2026-11-02', 0, true, 30.0, 7.0),
    ('channel', 'Paid Social', date '2026-11-01', 1, true, 10.0, 15.0),
    ('channel', 'Paid Social', date '2026-11-02', 1, false, 30.0, null),
    ('campaign', 'Paid Social', date '2026-11-01', 0, true, 10.0, 1.0),
    ('channel', 'Email', date '2026-11-01', 0, true, null, 5.0)
"""
CURVE_COLUMNS = "level, channel, acquired_day, day_number, is_ripe, spend_usd, value_usd"


@pytest.fixture
def published(home: Path) -> None:
    for mart, values, columns in (
        ("fct_roas_daily", DAILY, DAILY_COLUMNS),
        ("fct_roas_curve", CURVE, CURVE_COLUMNS),
    ):
        folder = home / "published" / "current" / mart
        folder.mkdir(parents=True)
        rows = duckdb.connect().sql(f"select * from (values {values}) as rows ({columns})")
        rows.write_parquet(str(folder / "part.parquet"))


@pytest.mark.usefixtures("published")
def test_lines_are_summed_before_they_are_divided(weir: Any) -> None:
    """Returns of 4 and 0 on 1 and 3 dollars are 1 together; a rate that is missing leaves the whole line open."""
    rows = {row["platform"]: row for row in weir("roas", "--by", "platform", "--json").json}

    meta = rows["meta_ads"]
    assert (meta["spend_usd"], meta["value_usd"], meta["roas"], meta["cpa_usd"]) == ("4.0", "4.0", 1.0, 4.0)
    assert (meta["claimed_roas"], meta["over_claim_ratio"]) == (2.25, 3.0)
    assert (rows["x_ads"]["spend_usd"], rows["x_ads"]["value_usd"], rows["x_ads"]["roas"]) == (None, "2.0", None)
    assert (rows[None]["value_usd"], rows[None]["roas"]) == ("1000.0", None)


@pytest.mark.usefixtures("published")
def test_a_table_has_a_bar_for_each_return(weir: Any) -> None:
    lines = weir("roas", "--by", "ad", "--until", "2026-11-02").out.splitlines()

    assert lines[0].split() == [
        *("channel", "platform", "account_id", "campaign_id", "ad_id", "spend", "conversions", "value", "ROAS", "CPA"),
        *("claimed", "claimed", "ROAS", "over-claim"),
    ]
    assert lines[1].split()[2:] == ["meta_ads", "m", "c", "b", "3.00", "0.00", "0.00", "0.00", "0.00", "0.00"]
    assert lines[2].split()[6:] == ["1.00", "1.00", "4.00", "4.00", "1.00", "3.00", "9.00", "3.00", "█" * 20]


@pytest.mark.usefixtures("published")
def test_a_curve_counts_at_each_age_the_cohorts_that_reached_it(weir: Any) -> None:
    """8 of 40 on day 0; on day 1 only the older cohort, 15 of 10. What cost nothing has no returns."""
    assert [line.split() for line in weir("roas", "--curve").out.splitlines()[:2]] == [
        ["channel", "cohorts", "spend", "D0", "D1", "D3", "D7", "D14", "D30", "D60", "D90"],
        ["Paid", "Social", "2", "40.00", "0.20", "1.50"],
    ]
    rows = list(csv.DictReader(io.StringIO(weir("roas", "--curve", "--csv").out)))
    assert [(row["day_number"], row["cohorts"], row["roas"]) for row in rows] == [("0", "2", "0.2"), ("1", "1", "1.5")]


@pytest.mark.usefixtures("published")
def test_programs_get_the_rows_of_the_days_that_they_ask_for(weir: Any, tmp_path: Path) -> None:
    days = weir("roas", "--by", "day", "--since", "2026-11-02", "--json").json
    assert [(row["date_day"], row["conversions"]) for row in days] == [("2026-11-02", "3.0")]
    file = tmp_path / "rows.parquet"
    assert weir("roas", "--parquet", str(file)).code == 0
    assert duckdb.connect().read_parquet(str(file)).count("*").fetchall() == [(2,)]


@pytest.mark.usefixtures("published")
def test_days_without_anything_say_so(weir: Any) -> None:
    ended = weir("roas", "--since", "2030-01-01")
    assert ended.code == 4
    assert "Look at other days" in ended.err
