"""Five weeks, one day at a time, while platforms restate their numbers.

The tables hold each platform's current truth, every earlier knowledge can be had back, and both warehouses say the
same. What a platform holds as true is asked of the practice world itself, past every contract and connector; a day
outside the look-back is expected as it was when it was last asked for.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from actions.build_marts import PROJECT, build_marts
from actions.define import bring_definitions
from actions.house import House, open_house
from connectors.ad_platform import DayWindow
from connectors.lake.sql import fill
from connectors.warehouse.dbt_process import duckdb_target
from simulator.serving import Sim, serve
from simulator.world.scenario import META_US, TIKTOK_JP, TINY, X_IN

DRIVER = Path(__file__).with_name("dbt_driver.py")
SEED = 23
DAYS = 36
SCENARIO = replace(
    TINY,
    name="restated",
    start=datetime(2026, 10, 1, 6, tzinfo=UTC),  # the clocks change on the way
    history_days=6,
    accounts=(META_US, X_IN, TIKTOK_JP),
    campaigns=1,
    people=20_000,
)
WHOLE_PULLS = 6  # every so many days objects are pulled too; on the others only the numbers are
POSTGRES_AFTER = (20, DAYS)  # its second build is one by increments
RATES_OF_ALL = 10  # until then nobody brought a rate of the rupee

# What a mart's row is known by, and what the platform says of it.
Key = tuple[str, str, str, date]
Numbers = tuple[Decimal, int, int, Decimal]
AD_DAYS = """
    select
        platform, account_id, ad_id, date_day,
        sum(spend_local), sum(impressions), sum(clicks), sum(coalesce(reported_conversions, 0))
    from {relation} where {condition} group by 1, 2, 3, 4
"""
TABLES = (
    *("int_ad_daily__loads", "int_account_days__pulled", "int_ads__parents", "int_days__touched"),
    *("fct_ad_daily", "fct_ad_daily_restatements"),
)
# Staging holds every version, whatever is asked of it; all that follows is built for an instant.
AS_OF = ("run", "--select", "+fct_ad_daily", "fct_ad_daily_restatements", "--exclude", "path:models/staging")


def claimed(party: str, claims: object) -> int:
    """Each platform's own default: clicks of 7 days (X: 28) and views of one."""
    if claims is None:
        return 0
    return (claims.click_28d if party == "x_ads" else claims.click_7d) + claims.view_1d


def truth(sim: Sim, party: str, account_id: str, window: DayWindow) -> dict[Key, Numbers]:
    found: dict[Key, Numbers] = {}
    for row in sim.world.ad_days(party, account_id, window.since, window.until):
        key = (party, account_id, row.ad_id, row.day)
        spend, shown, clicked, bought = found.get(key, (Decimal(0), 0, 0, Decimal(0)))
        conversions = bought + claimed(party, row.claims.get("purchase"))
        found[key] = (spend + row.spend, shown + row.impressions, clicked + row.clicks, conversions)
    return found


def differences(found: dict[Key, Numbers], expected: dict[Key, Numbers]) -> list[tuple]:
    keys = sorted(key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key))
    return [(key, found.get(key), expected.get(key)) for key in keys[:5]]


def ad_days(place, relation: str, condition: str = "true") -> dict[Key, Numbers]:
    with place.house.warehouse.writing() as connection:
        rows = connection.execute(fill(AD_DAYS, relation=relation, condition=condition)).fetchall()
    return {row[:4]: row[4:] for row in rows}


def priced(place) -> tuple[list[tuple], list[tuple]]:
    """By currency: ad-days, those with a rate, with dollars, with a rate of 1; and the list of what has none."""
    with place.house.warehouse.writing() as connection:
        ads = connection.execute("""
            select currency, count(*), count(usd_per_unit), count(spend_usd), count(*) filter (where usd_per_unit = 1)
            from marts.fct_ad_daily group by 1 order by 1
        """).fetchall()
        listed = connection.execute("""
            select currency, sum(ad_days) from marts.fct_missing_rates_daily group by 1 order by 1
        """).fetchall()
    return ads, listed


def exported(house: House, folder: Path, *marts: str) -> dict[str, bytes]:
    """Marts as they would be published."""
    found = {}
    for name in marts or house.warehouse.marts():
        house.warehouse.export_mart(name, folder / "exported.parquet")
        found[name] = (folder / "exported.parquet").read_bytes()
    return found


@dataclass
class History:
    place: object
    run_dbt: Callable[..., None]
    known: dict[Key, Numbers] = field(default_factory=dict)
    staged: dict[int, list[tuple]] = field(default_factory=dict)  # day → what the staging models had wrong
    built: dict[int, list[tuple]] = field(default_factory=dict)  # day → what fct_ad_daily had wrong
    remembered: dict[datetime, bytes] = field(default_factory=dict)  # fct_ad_daily as it was built at that instant
    restated: int = 0  # ad-days whose truth changed after they were first told
    rates: list[tuple[list[tuple], list[tuple]]] = field(default_factory=list)  # ad-days priced, and what is listed
    engines: list[tuple[dict[str, bytes], dict[str, bytes]]] = field(default_factory=list)


def numbers_only(house: House) -> House:
    """The same house, whose pulls ask for the numbers of ads and accounts alone."""
    platforms = tuple(
        replace(spec, schemas=tuple(replace(each, pulled=each.entity.endswith("daily")) for each in spec.schemas))
        for spec in house.platforms
    )
    return replace(house, platforms=platforms)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory) -> Iterator[Callable[..., None]]:
    home = tmp_path_factory.mktemp("restated") / "home"
    work = home.parent / "parsed"
    folders = {"--project-dir": PROJECT, "--profiles-dir": PROJECT, "--target-path": work, "--log-path": work}
    common = ["--target", "duckdb", *(text for name, path in folders.items() for text in (name, str(path)))]
    environ = {**os.environ, **duckdb_target(home / "warehouse.duckdb").environment}
    with subprocess.Popen(
        [sys.executable, str(DRIVER), *common], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
    ) as process:

        def run(*arguments: str, as_of: datetime | None = None) -> None:
            variables = json.dumps({"as_of": as_of.isoformat() if as_of else None})
            process.stdin.write(json.dumps([*arguments, "--vars", variables]) + "\n")
            process.stdin.flush()
            assert process.stdout.readline().strip() == "0", f"dbt {arguments} failed"

        run.home = home
        yield run


@pytest.fixture(scope="module")
def history(place_at, dbt, postgres_cluster) -> Iterator[History]:
    rng = random.Random(SEED)
    remembered = set(rng.sample(range(2, DAYS - 1), 3))
    with serve(scenario=SCENARIO, seed=SEED) as sim, postgres_cluster.fresh_database() as url:
        place = place_at(sim, dbt.home)
        on_postgres = replace(open_house({**place.house.environ, "WEIR_WAREHOUSE": url}), clock=place.house.clock)
        place.bring_rates(since=sim.world.opened_at(), days=DAYS + 8, without=["INR"])
        told = History(place, dbt)
        for number in range(1, DAYS + 1):
            asked = place if number % WHOLE_PULLS == 1 else replace(place, house=numbers_only(place.house))
            for account, outcome in asked.pull(f"day-{number}").items():
                assert outcome.messages == ()
                window = outcome.window
                mine = {
                    key: numbers
                    for key, numbers in told.known.items()
                    if key[:2] == (account.party, account.account_id) and window.since <= key[3] < window.until
                }
                now = truth(sim, account.party, account.account_id, window)
                told.restated += sum(now.get(key) != numbers for key, numbers in mine.items())
                told.known = {key: numbers for key, numbers in told.known.items() if key not in mine} | now
            if number == RATES_OF_ALL:
                place.bring_rates(since=sim.world.opened_at(), days=DAYS + 8)
            assert place.load().problems == ()
            place.house.warehouse.sync_raw()
            if number == 1:
                bring_definitions(place.house.warehouse, own=place.house.home.definitions)
                dbt("build", "--exclude-resource-type", "test", "unit_test")
                told.rates.append(priced(place))
            everything = number in POSTGRES_AFTER
            dbt("run", *(() if everything else ("--select", *TABLES)))
            told.built[number] = differences(ad_days(place, "marts.fct_ad_daily"), told.known)
            if number in remembered:
                told.remembered[sim.control.now()] = exported(place.house, dbt.home, "fct_ad_daily")["fct_ad_daily"]
            if number in POSTGRES_AFTER:
                build_marts(on_postgres, run_id=f"postgres-{number}")
                told.rates.append(priced(place))
                told.engines.append((exported(place.house, dbt.home), exported(on_postgres, dbt.home)))
            told.staged[number] = differences(
                ad_days(place, "intermediate.int_ad_daily__unioned", "valid_to is null"), told.known
            )
            sim.control.advance(days=1)
        yield told


def test_days_were_restated_on_the_way(history):
    assert len(history.staged) == DAYS
    assert history.restated > 250
    inside = [key for key in history.known if key[3] >= date(2026, 11, 5) - timedelta(days=28)]
    assert 0 < len(inside) < len(history.known)  # both days inside and days outside the look-back were held against it


def test_after_each_day_the_newest_versions_are_the_platforms_own_truth(history):
    assert {number: wrong for number, wrong in history.staged.items() if wrong} == {}


def test_after_each_day_fct_ad_daily_is_the_platforms_own_truth(history):
    assert len(history.built) == DAYS
    assert {number: wrong for number, wrong in history.built.items() if wrong} == {}


def test_what_was_known_on_a_day_can_be_read_from_the_ledger_of_restatements(history):
    place = history.place
    for instant, built in history.remembered.items():
        kept = place.root / "kept.parquet"
        kept.write_bytes(built)
        then = ad_days(place, f"'{kept}'")
        condition = f"known_from <= timestamptz '{instant}' and coalesce(known_to > timestamptz '{instant}', true)"
        assert differences(ad_days(place, "marts.fct_ad_daily_restatements", condition), then) == []


def test_a_currency_without_a_rate_is_null_and_listed_until_the_rate_comes(history):
    """Never taken for dollars, and filled in for every day, also the long past ones, once somebody brings the rates."""
    (before, missing), (after, no_longer), _ = history.rates
    for currency, rows, rates, dollars, ones in before:
        known = 0 if currency == "INR" else rows
        assert (rates, dollars, ones) == (known, known, rows if currency == "USD" else 0)
    rupees = {currency: rows for currency, rows, *_ in before}["INR"]
    assert rupees > 0
    assert missing == [("INR", rupees)]
    assert all(rates == dollars == rows for _, rows, rates, dollars, _ in after)
    assert no_longer == []


def test_both_warehouses_hold_the_same_marts_also_after_more_days(history, difference):
    assert len(history.engines) == 2
    for on_duckdb, on_postgres in history.engines:
        assert difference(on_duckdb, on_postgres) == []
        assert len(on_duckdb) >= 8
    assert difference(*(on_duckdb for on_duckdb, _ in history.engines)) != []


def test_a_build_as_of_a_day_is_the_build_that_was_made_on_it_and_one_of_now_comes_back(history):
    place = history.place
    names = ("fct_ad_daily", "fct_ad_daily_restatements")
    now = exported(place.house, place.root, *names)
    for instant, built in history.remembered.items():
        history.run_dbt(*AS_OF, as_of=instant)
        assert exported(place.house, place.root, "fct_ad_daily") == {"fct_ad_daily": built}, instant
    history.run_dbt(*AS_OF)
    assert exported(place.house, place.root, *names) == now
