"""The population, Telegram's channels and exports: functions of the seed that make sense to a reader."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.telegram_exports import ExportStyle, ad_days, export_files
from simulator.truth import Truth
from simulator.world.people import People
from simulator.world.practice import PracticeWorld
from simulator.world.scenario import TINY

PEOPLE = People(1_000, seed=4)


@given(number=st.integers(min_value=0, max_value=999))
def test_a_person_is_the_same_whenever_asked_and_complete(number):
    person = PEOPLE.person(number)
    assert person == People(1_000, seed=4).person(number)
    assert person.channels
    assert len(person.interests) == 2
    assert ZoneInfo(person.timezone)
    assert timedelta(minutes=3) <= person.reply_delay <= timedelta(minutes=900)
    assert 0 < person.reply_chance < 1
    assert 0 <= person.loyalty < 0.76
    assert person.lifetime_value > 0


def test_the_markets_hold_their_shares_of_the_people():
    markets = Counter(PEOPLE.person(number).market for number in range(len(PEOPLE)))
    assert markets == {"US": 350, "EU": 300, "JP": 200, "IN": 150}
    assert [PEOPLE.living_in(market) for market in range(4)] == [350, 300, 200, 150]


def test_somebody_picked_in_a_market_lives_there():
    picked = PEOPLE.picked(np.array([0, 1, 2, 3, 3]), np.array([0.0, 0.5, 0.999999, 0.0, 0.9999999999]))
    assert [PEOPLE.person(int(number)).market for number in picked] == ["US", "EU", "JP", "IN", "IN"]


def test_there_is_nobody_outside_the_population():
    with pytest.raises(KeyError):
        PEOPLE.person(1_000)
    with pytest.raises(ValueError, match="at least"):
        People(2, seed=1)


def test_people_who_buy_again_have_bought_before():
    world = PracticeWorld(TINY, seed=2)
    world.advance(timedelta(days=40))
    orders = world.orders(world.opened_at(), world.now())
    repeats = [order for order in orders if order.purchase_number > 1]
    assert repeats
    bought = Counter((order.person, order.purchase_number) for order in orders if order.kind == "purchase")
    assert all((order.person, order.purchase_number - 1) in bought for order in repeats)


def test_what_was_caused_ripens_towards_its_end_and_never_beyond():
    world = PracticeWorld(TINY, seed=2)
    account = world.accounts("tiktok_ads")[0]
    window = (date(2026, 10, 22), date(2026, 11, 5))
    truth = Truth(world)
    before = truth.caused("tiktok_ads", account.id, *window)
    world.advance(timedelta(days=60))
    after = truth.caused("tiktok_ads", account.id, *window)
    assert [row.in_the_end for row in before] == [row.in_the_end for row in after]
    assert all(early.so_far <= late.so_far <= late.in_the_end for early, late in zip(before, after, strict=True))
    assert sum(row.so_far for row in before) < sum(row.so_far for row in after)


def test_an_ad_groups_response_bends_and_its_value_follows():
    world = PracticeWorld(TINY, seed=2)
    for response in Truth(world).responses("x_ads", world.accounts("x_ads")[0].id):
        first, second = response.value_usd(50.0), response.value_usd(100.0)
        assert first < second < 2 * first
        # A spend of one saturation buys ln 2 of what a linear price would: 1000 · s / cost · 0.693…
        linear = 1000.0 * response.saturation / response.thousand_cost
        assert response.impressions(response.saturation) == pytest.approx(0.6931471805599453 * linear)


def test_a_channels_days_add_up_from_one_to_the_next():
    world = PracticeWorld(TINY, seed=3)
    chat_id = int(world.accounts("telegram")[0].id)
    days = world.channel_days(chat_id, date(2026, 10, 1), date(2026, 12, 1))
    assert [day.day for day in days] == [date(2026, 10, 21) + timedelta(days=n) for n in range(16)]
    for before, after in pairwise(days):
        assert after.members == before.members + after.joined - after.left
    world.advance(timedelta(days=3))
    again = world.channel_days(chat_id, date(2026, 10, 1), date(2026, 12, 1))
    assert again[:15] == days[:15]  # the sixteenth was only six hours old
    assert world.channel_days(chat_id, date(2026, 11, 1), date(2026, 11, 3)) == again[11:13]
    assert world.channel_days(1, date(2026, 10, 1), date(2026, 12, 1)) == []
    assert world.now() == datetime(2026, 11, 8, 6, tzinfo=UTC)


def test_an_export_is_tab_separated_with_decimal_commas_and_adds_up(tmp_path):
    days = ad_days(seed=1, ad_id="42", since=date(2026, 11, 1), until=date(2026, 11, 15))
    counts, spend = export_files(days, tmp_path)
    with counts.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert list(rows[0]) == ["date", "Views", "Clicks", "Joined"]
    assert [row["date"] for row in rows][:2] == ["2026-11-01", "2026-11-02"]
    assert sum(int(row["Views"]) for row in rows) == sum(day.views for day in days)
    assert all(int(row["Joined"]) <= int(row["Clicks"]) <= int(row["Views"]) for row in rows)
    with spend.open(encoding="utf-8", newline="") as file:
        money = list(csv.DictReader(file, delimiter="\t"))
    assert list(money[0]) == ["date", "Spent budget, TON"]
    assert all("," in row["Spent budget, TON"] and "." not in row["Spent budget, TON"] for row in money)
    total = sum(Decimal(row["Spent budget, TON"].replace(",", ".")) for row in money)
    assert total == sum(day.spent for day in days)


def test_an_export_has_its_variants_and_holds_one_ad(tmp_path):
    days = ad_days(seed=1, ad_id="42", since=date(2026, 11, 1), until=date(2026, 11, 3))
    style = ExportStyle(goal="Started bot", currency="EUR", byte_order_mark=True, day_format="%d.%m.%Y")
    counts, spend = export_files(days, tmp_path, style=style)
    assert counts.read_bytes().startswith(b"\xef\xbb\xbfdate\tViews\tClicks\tStarted bot\n01.11.2026\t")
    assert spend.read_bytes().startswith(b"\xef\xbb\xbfdate\tSpent budget, EUR\n")
    other = ad_days(seed=1, ad_id="43", since=date(2026, 11, 1), until=date(2026, 11, 3))
    with pytest.raises(ValueError, match="exactly one ad"):
        export_files([*days, *other], tmp_path)
