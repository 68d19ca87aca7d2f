"""Predictions land as of the marts they were made from, once, and load into the lake like everything else."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pytest

from actions.house import open_house
from actions.load_landed import load_landed
from actions.predict_lifetime_value import NobodyBought, predict_lifetime_value
from analysis.likelihood import NotIdentified
from connectors.warehouse.published import PART, Build, Published

AS_OF = datetime(2026, 11, 20, 6, tzinfo=UTC)


def publish(home, rows, *, as_of=AS_OF):
    """`rows`: user, repeats, recency, age, mean."""
    published = Published(home / "published")
    build_id = f"build-{as_of:%Y%m%d}"
    folder = published.begin(build_id) / "decisions_buyers"
    folder.mkdir()
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            "create table buyers (person_id text, user_id text, repeat_purchases bigint, recency_days bigint, "
            "age_days bigint, mean_repeat_usd decimal(18, 6), first_day date, as_of timestamptz)"
        )
        for user, repeats, recency, age, mean in rows:
            told = [f"u:{user}", user, repeats, recency, age, mean, as_of.date() - timedelta(days=age), as_of]
            connection.execute("insert into buyers values (?, ?, ?, ?, ?, ?, ?, ?)", told)
        connection.execute(f"copy buyers to '{folder / PART}' (format parquet)")
    published.finish(Build(build_id=build_id, as_of=as_of, code_version="", rows={"decisions_buyers": len(rows)}))


def some_buyers(count=400):
    """Who buy and leave as the model says: about every twenty days, and one in four leaves after a purchase."""
    rng = np.random.default_rng(5)
    for number in range(count):
        age = int(rng.integers(30, 120))
        rate, leaving = rng.gamma(1.2, 1 / 20), rng.beta(0.9, 2.5)
        days, now = [], 0.0
        while rate * age > 0.01:
            now += rng.exponential(1 / rate)
            if now > age:
                break
            days.append(int(now))
            if rng.random() < leaving:
                break
        mean = round(float(rng.gamma(6) / rng.gamma(4, 1 / 15)), 2) if days else None
        # The last one is known to somebody else only.
        yield (None if number == count - 1 else f"p{number}", len(days), days[-1] if days else 0, age, mean)


@pytest.fixture
def house(tmp_path):
    return open_house({"WEIR_HOME": str(tmp_path)})


def lake_rows(house, entity):
    folder = house.home.lake / "raw" / "predictions" / entity
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        cursor = connection.execute(f"select * from read_parquet('{folder}/*.parquet')")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_every_buyer_is_foretold_from_the_instant_of_the_marts_on(house):
    buyers = list(some_buyers())
    publish(house.home.root, buyers)
    told = predict_lifetime_value(house)
    landed = load_landed(house.lake, warehouse=None)

    assert landed.problems == ()
    assert (told.as_of, told.buyers, told.had_landed) == (AS_OF, 400, False)
    people = lake_rows(house, "lifetime_values")
    expected = {(row[0], days) for row in buyers[:-1] for days in (90, 365)}
    assert {(row["user_id"], row["horizon_days"]) for row in people} == expected
    assert {(row["_valid_from"], row["_valid_to"]) for row in people} == {(AS_OF, None)}
    for row in people:
        assert 0 <= row["alive"] <= 1
        assert 0 <= row["low_usd"] <= row["high_usd"]
        assert row["expected_usd"] == pytest.approx(
            row["expected_purchases"] * row["purchase_usd"], abs=Decimal("0.01")
        )

    cohorts = lake_rows(house, "lifetime_cohorts")
    months = {(AS_OF.date() - timedelta(days=row[3])).strftime("%Y-%m") for row in buyers}
    assert {(row["cohort_month"], row["horizon_days"]) for row in cohorts} == {
        (m, d) for m in months for d in (90, 365)
    }
    assert sum(row["buyers"] for row in cohorts if row["horizon_days"] == 90) == 400
    for row in cohorts:
        assert row["low_usd"] < row["expected_usd"] < row["high_usd"]
        assert row["r"] == pytest.approx(Decimal(told.model.purchase_counts.r), abs=Decimal("0.000001"))


def test_the_same_marts_are_foretold_once_and_alike(house, tmp_path_factory):
    publish(house.home.root, list(some_buyers()))
    other = open_house({"WEIR_HOME": str(tmp_path_factory.mktemp("other"))})
    publish(other.home.root, list(some_buyers()))

    assert [predict_lifetime_value(each).had_landed for each in (house, house, other)] == [False, True, False]
    files = [sorted(each.home.landing.glob("predictions/*/weir/*.jsonl")) for each in (house, other)]
    assert len(files[0]) == 2
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]


def test_a_later_prediction_takes_the_place_of_the_earlier_one(house):
    publish(house.home.root, list(some_buyers()))
    predict_lifetime_value(house)
    later = AS_OF + timedelta(days=1)
    publish(house.home.root, list(some_buyers(399)), as_of=later)
    predict_lifetime_value(house)
    load_landed(house.lake, warehouse=None)

    people = lake_rows(house, "lifetime_values")
    first, second = ({row["user_id"] for row in people if row["_valid_from"] == at} for at in (AS_OF, later))
    assert len(first) == 399
    assert len(second) == 398  # of the 399, the last is known to somebody else only
    standing = {row["user_id"] for row in people if row["_valid_to"] is None}
    assert standing == second


def test_where_nobody_bought_or_too_few_came_back_nothing_lands(house):
    publish(house.home.root, [])
    with pytest.raises(NobodyBought, match="nobody has bought"):
        predict_lifetime_value(house)
    publish(house.home.root, [(f"p{n}", 0, 0, 30, None) for n in range(50)], as_of=AS_OF + timedelta(days=1))
    with pytest.raises(NotIdentified, match="0 people have bought again"):
        predict_lifetime_value(house)
    assert not list(house.home.landing.glob("predictions/*/weir/*.jsonl"))


def test_a_buyer_of_a_day_that_the_clock_has_not_reached_is_left_out(house):
    """Their own clock ran ahead, so their first purchase is after the instant that the marts stand for."""
    ahead = ("ahead", 0, 0, -1, None)
    publish(house.home.root, [*some_buyers(), ahead])

    assert predict_lifetime_value(house).buyers == 400
    assert date(2026, 11, 21) == AS_OF.date() - timedelta(days=ahead[3])
