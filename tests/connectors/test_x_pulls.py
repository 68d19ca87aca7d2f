"""What the X connector pulls over HTTP equals what the practice world holds true, whatever calendar and network do."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.ad_platform import AD_ENTITIES, AccountRef, Ask, DayWindow, Ports, Row
from connectors.entity_schema import EntitySchema, Kind
from connectors.registry import ad_platform
from simulator.serving import Sim, serve
from simulator.world.model import AdDay
from simulator.world.scenario import TINY, X_EU, X_IN, X_US, AccountPlan
from simulator.x_ads.door import DOOR, door_spec
from simulator.x_ads.gate import Settings

X_JP = AccountPlan(party="x_ads", name="Larkspur 東京", market="JP", currency="JPY", timezone="Asia/Tokyo")
SCENARIO = replace(TINY, accounts=(X_US, X_EU, X_JP, X_IN), history_days=35, campaigns=2, ads=3)
US, EU, JP, IN = range(4)
ACCOUNTS = pytest.mark.parametrize("number", [US, EU, JP, IN], ids=["Los Angeles", "Berlin", "Tokyo", "Kolkata"])
# Clocks go back in Berlin on 25 October and in Los Angeles on 1 November 2026; Tokyo and Kolkata never change theirs.
WINDOWS = {
    "everything, by jobs": DayWindow(date(2026, 10, 1), date(2026, 11, 6)),
    "eight days with both changes at the edges": DayWindow(date(2026, 10, 25), date(2026, 11, 2)),
    "a short week round Berlin's change": DayWindow(date(2026, 10, 23), date(2026, 10, 28)),
    "a short week round Los Angeles' change": DayWindow(date(2026, 10, 30), date(2026, 11, 4)),
    "one ordinary day": DayWindow(date(2026, 10, 20), date(2026, 10, 21)),
    "one day of 25 hours": DayWindow(date(2026, 11, 1), date(2026, 11, 2)),
}


class Puller:
    """One account's reports, with a sleep that only writes down how long it was asked to last."""

    def __init__(self, sim: Sim, number: int) -> None:
        held = sim.credential("x_ads", number)
        self.sim, self.id = sim, held.account_id
        self.slept: list[float] = []
        environment = {f"X_ACCOUNT_1_{name}": value for name, value in held.fields.items()}
        ports = Ports(
            clock=sim.world.now,
            wall_clock=lambda: datetime.now(UTC),
            sleep=self.slept.append,
            secret=environment.get,
            base_url=sim.base_url,
        )
        account = AccountRef(party="x_ads", account_id=self.id, credential_prefix="X_ACCOUNT_1")
        self.reports = ad_platform("x_ads").reports(account, ports)

    def rows(self, entity: str, window: DayWindow | None = None) -> list[Row]:
        return sorted(
            self.reports.rows(Ask(entity=entity, window=window)), key=lambda row: json.dumps(row, sort_keys=True)
        )


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SCENARIO, seed=4, specs=[DOOR]) as sim:
        yield sim


@pytest.fixture
def puller(sim: Sim) -> Iterator[Callable[[int], Puller]]:
    sim.log.clear()
    yield lambda number: Puller(sim, number)
    sim.faults.clear()


def micros(amount: Any) -> int:
    return int(amount * 1_000_000)


def numbers_of(day: AdDay) -> dict[str, Any]:
    bought = day.claims.get("purchase")
    return {
        "impressions": day.impressions,
        "clicks": day.clicks,
        "url_clicks": day.link_clicks,
        "engagements": day.engagements,
        "video_total_views": day.video_views,
        "billed_charge_local_micro": micros(day.spend),
        "purchases": bought.click_28d + bought.view_1d if bought else 0,
        "purchase_value": micros(bought.value_click_28d + bought.value_view_1d) if bought else 0,
    }


def truth(sim: Sim, number: int, window: DayWindow) -> dict[tuple[str, str, str], dict[str, Any]]:
    account = sim.credential("x_ads", number).account_id
    rows = sim.world.ad_days("x_ads", account, window.since, window.until)
    return {(row.ad_id, row.day.isoformat(), row.slice): numbers_of(row) for row in rows}


def pulled(rows: list[Row]) -> dict[tuple[str, str, str], dict[str, Any]]:
    found = {}
    for row in rows:
        metrics = row["metrics"]
        bought = metrics["conversion_purchases"] or {}
        plain = ("impressions", "clicks", "url_clicks", "engagements", "video_total_views", "billed_charge_local_micro")
        key = (row["id"], row["date"], row["placement"])
        assert key not in found, "a row was delivered twice"
        found[key] = {name: metrics[name] or 0 for name in plain} | {
            "purchases": bought.get("metric") or 0,
            "purchase_value": bought.get("sale_amount") or 0,
        }
    return found


@ACCOUNTS
@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS.keys())
def test_ad_days_equal_the_worlds(puller: Callable[[int], Puller], number: int, window: DayWindow):
    one = puller(number)
    expected = truth(one.sim, number, window)
    assert expected
    assert pulled(one.rows("ad_daily", window)) == expected


@ACCOUNTS
def test_windows_longer_than_x_takes_are_asked_for_in_parts(puller: Callable[[int], Puller], number: int):
    window = DayWindow(date(2026, 7, 15), date(2026, 11, 6))  # 114 days
    one = puller(number)
    assert pulled(one.rows("ad_daily", window)) == truth(one.sim, number, window)


@ACCOUNTS
def test_account_days_equal_the_worlds_own_totals(puller: Callable[[int], Puller], number: int):
    one = puller(number)
    window = DayWindow(date(2026, 10, 1), date(2026, 11, 6))
    names = ("impressions", "clicks", "billed_charge_local_micro")
    days = one.sim.world.account_days("x_ads", one.id, window.since, window.until)
    expected = {day.day.isoformat(): (day.impressions, day.clicks, micros(day.spend)) for day in days}
    rows = one.rows("account_daily", window)
    assert {row["date"]: tuple(row["metrics"][name] for name in names) for row in rows} == expected
    assert len(rows) == len(expected)


@ACCOUNTS
@pytest.mark.parametrize(
    ("entity", "level"),
    [("campaigns", "campaign"), ("ad_groups", "ad_group"), ("ads", "ad"), ("creatives", "creative")],
)
def test_objects_are_listed_with_the_deleted_ones(
    puller: Callable[[int], Puller], number: int, entity: str, level: Any
):
    one = puller(number)
    objects = one.sim.world.objects("x_ads", one.id, level)
    rows = one.rows(entity)
    key = "tweet_id" if entity == "creatives" else "id"
    assert {row[key] for row in rows} == {each.id for each in objects}
    assert len(rows) == len(objects)
    assert {row[key] for row in rows if row["deleted"]} == {each.id for each in objects if each.status == "deleted"}


def test_an_account_is_profiled_with_the_currency_of_what_pays(puller: Callable[[int], Puller]):
    profiles = [puller(number).reports.profile() for number in (US, EU, JP, IN)]
    assert [(each.currency, each.timezone) for each in profiles] == [
        ("USD", "America/Los_Angeles"),
        ("EUR", "Europe/Berlin"),
        ("JPY", "Asia/Tokyo"),
        ("INR", "Asia/Kolkata"),
    ]
    assert profiles[JP].name == "Larkspur 東京"
    assert "currency" not in puller(US).rows("accounts")[0]


def test_null_metrics_stay_null_and_days_without_delivery_give_no_row(puller: Callable[[int], Puller]):
    rows = puller(US).rows("ad_daily", WINDOWS["everything, by jobs"])
    assert all(row["metrics"]["conversion_custom"] is None for row in rows)
    assert all(row["metrics"]["impressions"] or row["metrics"]["conversion_purchases"] for row in rows)
    assert set(rows[0]) == {"id", "date", "placement", "metrics"}


@pytest.mark.parametrize("schema", ad_platform("x_ads").schemas, ids=lambda schema: schema.entity)
def test_every_column_of_a_schema_is_read_from_something_x_says(puller: Callable[[int], Puller], schema: EntitySchema):
    window = WINDOWS["everything, by jobs"] if schema.kind is Kind.WINDOWED else None
    rows = puller(US).rows(schema.entity, window)
    assert rows
    for column in schema.columns:
        *above, last = column.path.removeprefix("$.").split(".")
        holders = [reduce(lambda held, name: (held or {}).get(name), above, row) or {} for row in rows]
        assert any(last in holder for holder in holders), column.path
        if column.required:
            assert all(holder.get(last) for holder in holders), column.path
    keys = [tuple(row[name] for name in schema.key) for row in rows]
    assert len(set(keys)) == len(keys)


def test_the_entities_every_ad_platform_has_are_all_there():
    assert tuple(schema.entity for schema in ad_platform("x_ads").schemas) == AD_ENTITIES


def test_no_day_is_asked_for_before_it_has_begun_where_the_account_is(puller: Callable[[int], Puller]):
    one = puller(US)
    today = one.sim.world.now().date() - timedelta(days=1)  # 06:00 UTC on 5 November is still the 4th in Los Angeles
    assert one.rows("ad_daily", DayWindow(today + timedelta(days=1), today + timedelta(days=9))) == []
    assert not [seen for seen in one.sim.log.all() if "/stats/" in seen.path]
    rows = one.rows("ad_daily", DayWindow(today, today + timedelta(days=9)))
    assert {row["date"] for row in rows} == {today.isoformat()}


def paths(sim: Sim) -> list[tuple[str, str]]:
    kinds = {"active_entities": "active", "/stats/jobs/": "job", "/stats/accounts/": "stats", "analytics": "file"}
    found = [next((kind for part, kind in kinds.items() if part in seen.path), "") for seen in sim.log.all()]
    return [(seen.method, kind) for seen, kind in zip(sim.log.all(), found, strict=True) if kind]


def test_short_windows_are_asked_for_at_once_and_long_ones_as_jobs(puller: Callable[[int], Puller]):
    one = puller(JP)
    one.rows("ad_daily", DayWindow(date(2026, 10, 5), date(2026, 10, 12)))
    assert set(paths(one.sim)) == {("GET", "active"), ("GET", "stats")}
    one.sim.log.clear()
    one.rows("ad_daily", DayWindow(date(2026, 10, 5), date(2026, 10, 13)))
    assert set(paths(one.sim)) == {("GET", "active"), ("POST", "job"), ("GET", "job"), ("GET", "file")}


def test_a_change_of_clocks_is_asked_for_alone(puller: Callable[[int], Puller]):
    one = puller(EU)
    one.rows("ad_daily", DayWindow(date(2026, 10, 23), date(2026, 10, 28)))
    assert paths(one.sim).count(("GET", "active")) == 3  # before the day of the change, the day itself, after it


FAULTS = ("rate_limited", "server_error", "reset", "malformed", "truncated", "html")


@pytest.mark.parametrize("entity", ["ad_daily", "account_daily", "campaigns", "ads"])
def test_five_percent_of_faults_change_no_row(puller: Callable[[int], Puller], entity: str):
    window = WINDOWS["everything, by jobs"] if entity.endswith("daily") else None
    calm = [puller(number).rows(entity, window) for number in (US, JP)]
    one = puller(US)
    for kind in FAULTS:
        one.sim.faults.switch_on(kind, rate=0.05 / len(FAULTS))
    one.sim.faults.switch_on("server_error", rate=1.0, count=1)  # one at least, however few calls there are
    one.sim.log.clear()
    stormy = [puller(number).rows(entity, window) for _ in range(2) for number in (US, JP)]
    assert stormy == calm * 2
    assert any(seen.fault for seen in one.sim.log.all())


@pytest.mark.parametrize("kind", ["malformed", "truncated", "reset", "html", "server_error"])
def test_a_broken_report_file_is_fetched_again(puller: Callable[[int], Puller], kind: Any):
    one = puller(US)
    window = WINDOWS["everything, by jobs"]
    expected = truth(one.sim, US, window)
    one.sim.faults.switch_on(kind, path="analytics", count=2)
    assert pulled(one.rows("ad_daily", window)) == expected


def test_an_expired_report_file_is_asked_for_again(puller: Callable[[int], Puller]):
    one = puller(US)
    window = WINDOWS["everything, by jobs"]
    one.sim.faults.switch_on("html", path="analytics", count=1, status=404)
    assert pulled(one.rows("ad_daily", window)) == truth(one.sim, US, window)
    gone = [seen for seen in one.sim.log.all() if "analytics" in seen.path and seen.status == 404]
    assert len(gone) == 1


def test_when_told_to_slow_down_it_waits_until_the_reset_and_no_longer(puller: Callable[[int], Puller]):
    one = puller(US)
    window = WINDOWS["one ordinary day"]
    expected = truth(one.sim, US, window)
    one.sim.faults.switch_on("rate_limited", count=2)  # it names a reset two seconds ahead
    assert pulled(one.rows("ad_daily", window)) == expected
    assert len(one.slept) == 2
    assert all(1.0 <= each <= 4.0 for each in one.slept)


@pytest.mark.parametrize(
    ("most_complex", "window"),
    [(4, DayWindow(date(2026, 10, 31), date(2026, 11, 2))), (70, DayWindow(date(2026, 10, 5), date(2026, 10, 13)))],
    ids=["down to one id on one day", "a job in parts"],
)
def test_too_complex_questions_are_halved(most_complex: int, window: DayWindow):
    with serve(scenario=SCENARIO, seed=4, specs=[door_spec(Settings(most_complex=most_complex))]) as sim:
        assert pulled(Puller(sim, US).rows("ad_daily", window)) == truth(sim, US, window)
        assert [seen for seen in sim.log.all() if seen.status == 400]


def test_slow_jobs_are_polled_ever_more_patiently():
    with serve(scenario=SCENARIO, seed=4, specs=[door_spec(Settings(polls_until_ready=6))]) as sim:
        one = Puller(sim, JP)
        window = DayWindow(date(2026, 10, 5), date(2026, 10, 25))
        assert pulled(one.rows("ad_daily", window)) == truth(sim, JP, window)
        assert one.slept == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8]


def test_a_zone_whose_clocks_go_forward_at_midnight_has_a_first_hour_missing_and_no_day():
    """On 24 April 2026 Cairo has no midnight: the day begins at one o'clock."""
    cairo = AccountPlan(party="x_ads", name="Larkspur القاهرة", market="EU", currency="USD", timezone="Africa/Cairo")
    spring = replace(SCENARIO, accounts=(cairo,), start=datetime(2026, 4, 29, 6, tzinfo=UTC), history_days=15)
    with serve(scenario=spring, seed=4, specs=[DOOR]) as sim:
        one = Puller(sim, 0)
        for window in (
            DayWindow(date(2026, 4, 22), date(2026, 4, 27)),
            DayWindow(date(2026, 4, 14), date(2026, 4, 29)),
        ):
            expected = truth(sim, 0, window)
            assert pulled(one.rows("ad_daily", window)) == expected
            assert any(day == "2026-04-24" for _, day, _ in expected)


def test_restated_days_are_pulled_as_they_now_stand():
    window = DayWindow(date(2026, 10, 25), date(2026, 11, 5))
    with serve(scenario=SCENARIO, seed=4, specs=[DOOR]) as sim:
        one = Puller(sim, EU)
        seen = [pulled(one.rows("ad_daily", window))]
        for _ in range(3):
            sim.control.advance(days=5)
            seen.append(pulled(one.rows("ad_daily", window)))
            assert seen[-1] == truth(sim, EU, window)
    spend = [sum(each["billed_charge_local_micro"] for each in rows.values()) for rows in seen]
    assert len(set(spend)) > 1


@given(cuts=st.lists(st.dates(date(2026, 10, 18), date(2026, 11, 5)), min_size=2, max_size=4, unique=True))
@settings(max_examples=6, deadline=None)
def test_however_a_window_is_cut_the_parts_make_up_the_whole(sim: Sim, cuts: list[date]):
    days = sorted(cuts)
    one = Puller(sim, US)
    parts = [DayWindow(since, until) for since, until in pairwise(days)]
    together = [row for part in parts for row in one.rows("ad_daily", part)]
    assert pulled(together) == truth(sim, US, DayWindow(days[0], days[-1]))
