"""The reward service, Slack's incoming webhook and the markets: small parties, each strict in its own way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from simulator.markets.door import DOOR as MARKETS
from simulator.product.stream import ProductStream
from simulator.rewards.door import DOOR as REWARDS
from simulator.serving import Sim, serve
from simulator.slack.door import DOOR as SLACK
from simulator.world.scenario import META_US, TINY

SMALL = replace(TINY, accounts=(META_US,), history_days=3, people=1_000)


@pytest.fixture
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, specs=[REWARDS, SLACK, MARKETS]) as running:
        yield running


# Rewards.


@pytest.fixture
def rewards(sim: Sim) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.base_url, headers={"authorization": f"Bearer {sim.keys.rewards_key}"}) as client:
        yield client


@pytest.fixture
def user(sim: Sim) -> str:
    stream = ProductStream(sim.world)
    return next(stream.rows("users", stream.opened_at(), stream.known_until()))["user_id"]


def mint(rewards: httpx.Client, key: str, **told: Any) -> httpx.Response:
    body = {"amount": 500, "reason": "referral", **told}
    return rewards.post("/rewards/mint", json=body, headers={"idempotency-key": key})


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_key_mints_once(rewards: httpx.Client, user: str) -> None:
    first = mint(rewards, "a", user_id=user)
    again = mint(rewards, "a", user_id=user)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"repeated": True}
    assert code(mint(rewards, "a", user_id=user, amount=501)) == (409, "idempotency_conflict")
    assert mint(rewards, "b", user_id=user, amount=100).json()["balance"] == 600
    assert rewards.get(f"/rewards/balances/{user}").json() == {"user_id": user, "token": "BUX", "balance": 600}


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0}, {"amount": 100_001}, {"amount": 1.5}, {"amount": True}, {"amount": "5"}, {"reason": ""},
        {"reason": None}, {"user_id": 7}, {"memo": "x"},
    ],
)  # fmt: skip
def test_a_mint_that_makes_no_sense_is_refused(rewards: httpx.Client, user: str, wrong: dict[str, Any]) -> None:
    assert code(mint(rewards, "a", **({"user_id": user} | wrong))) == (400, "invalid")
    assert rewards.get(f"/rewards/balances/{user}").json()["balance"] == 0


def test_nobody_unknown_and_nothing_without_a_key_is_minted(sim: Sim, rewards: httpx.Client, user: str) -> None:
    for stranger in ("p0000000x", "p9999999", "somebody"):
        assert code(mint(rewards, "a", user_id=stranger)) == (404, "unknown_user")
    assert code(mint(rewards, "", user_id=user)) == (400, "invalid")
    assert code(rewards.post("/rewards/mint", content=b"[", headers={"idempotency-key": "k"})) == (400, "invalid")
    stolen = httpx.post(f"{sim.base_url}/rewards/mint", json={}, headers={"authorization": "Bearer x"})
    assert code(stolen) == (401, "unauthorized")


def test_a_spent_budget_mints_nothing_more(sim: Sim, rewards: httpx.Client, user: str) -> None:
    httpx.put(f"{sim.base_url}/sim/rewards", json={"budget": 700}).raise_for_status()
    assert mint(rewards, "a", user_id=user).status_code == 201
    assert code(mint(rewards, "b", user_id=user)) == (402, "budget_spent")
    assert mint(rewards, "a", user_id=user).status_code == 200
    told = httpx.get(f"{sim.base_url}/sim/rewards").json()
    assert (told["budget"], [each["amount"] for each in told["mints"]]) == (200, [500])
    assert httpx.put(f"{sim.base_url}/sim/rewards", json={"budget": "all"}).status_code == 400


def test_a_lost_answer_mints_once(sim: Sim, rewards: httpx.Client, user: str) -> None:
    sim.faults.switch_on("reset_after_write", party="rewards", count=1)
    with pytest.raises(httpx.TransportError):
        mint(rewards, "a", user_id=user)
    assert mint(rewards, "a", user_id=user).json()["repeated"]
    assert rewards.get(f"/rewards/balances/{user}").json()["balance"] == 500


# Slack.


def hook(sim: Sim) -> str:
    return sim.services_environment()["SLACK_WEBHOOK_URL"]


def test_a_message_is_answered_with_a_plain_word(sim: Sim) -> None:
    answer = httpx.post(hook(sim), json={"text": "Spend is 20 % above plan", "blocks": []})
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "ok", "text/plain; charset=utf-8")
    (kept,) = httpx.get(f"{sim.base_url}/sim/slack").json()["messages"]
    assert kept["message"] == {"text": "Spend is 20 % above plan", "blocks": []}


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"text", "invalid_payload"), (b"[]", "invalid_payload"), (b"{}", "no_text"), (b'{"text": ""}', "no_text")],
)
def test_what_says_nothing_is_refused(sim: Sim, content: bytes, word: str) -> None:
    answer = httpx.post(hook(sim), content=content)
    assert (answer.status_code, answer.text) == (400, word)


def test_another_address_is_nobodys(sim: Sim) -> None:
    answer = httpx.post(f"{sim.base_url}/services/T1/B1/x", json={"text": "x"})
    assert (answer.status_code, answer.text) == (404, "no_service")


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        ("action_prohibited", 403), ("channel_not_found", 404), ("no_service", 404), ("channel_is_archived", 410),
        ("rollup_error", 500),
    ],
)  # fmt: skip
def test_a_channels_trouble_is_told_in_its_word(sim: Sim, trouble: str, status: int) -> None:
    httpx.put(f"{sim.base_url}/sim/slack", json={"trouble": trouble}).raise_for_status()
    answer = httpx.post(hook(sim), json={"text": "x"})
    assert (answer.status_code, answer.text) == (status, trouble)
    assert httpx.put(f"{sim.base_url}/sim/slack", json={"trouble": "sad"}).status_code == 400


def test_more_than_a_message_a_second_has_to_wait(sim: Sim) -> None:
    answers = [httpx.post(hook(sim), json={"text": str(number)}) for number in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    httpx.put(f"{sim.base_url}/sim/faults", json={"clock_skew_seconds": 6}).raise_for_status()
    assert httpx.post(hook(sim), json={"text": "later"}).status_code == 200


# Markets. The world opens on Thursday 5 November 2026 at 06:00 UTC.


def published(sim: Sim, path: str) -> Any:
    return httpx.get(f"{sim.base_url}/markets/{path}").raise_for_status().json()


def test_rates_are_dollars_for_one_unit(sim: Sim) -> None:
    rows = published(sim, "fx_rates.json?since=2026-11-04&until=2026-11-05")
    assert {row["currency"]: row["usd_per_unit"] for row in rows} == {
        "USD": "1.000000000", "EUR": "1.086956522", "GBP": "1.265822785", "JPY": "0.006666667", "INR": "0.011904762",
        "TON": "5.000000000",
    }  # fmt: skip
    assert {row["date"] for row in rows} == {"2026-11-04"}
    table = httpx.get(f"{sim.base_url}/markets/fx_rates.csv?since=2026-11-04&until=2026-11-05").text.splitlines()
    assert table[:2] == ["date,currency,usd_per_unit", "2026-11-04,USD,1.000000000"]
    assert len(table) == 7


def test_a_days_rates_are_out_when_it_begins(sim: Sim) -> None:
    rows = published(sim, "fx_rates.json?since=2026-10-30&until=2026-11-09")
    assert sorted({row["date"] for row in rows}) == [
        "2026-10-30", "2026-10-31", *(f"2026-11-{day:02d}" for day in range(1, 6)),
    ]  # fmt: skip


def test_in_central_bankers_hours_they_are_out_in_the_afternoon_and_a_week_ends_with_mondays(sim: Sim) -> None:
    httpx.put(f"{sim.base_url}/sim/markets", json={"business_days_only": True}).raise_for_status()

    def days() -> list[str]:
        rows = published(sim, "fx_rates.json?since=2026-11-04&until=2026-11-11")
        return sorted({row["date"][-2:] for row in rows})

    seen = []
    for moment in ("05T14:59", "05T15:00", "06T15:00", "08T23:00", "09T15:00"):
        sim.control.advance(to=datetime.fromisoformat(f"2026-11-{moment}").replace(tzinfo=UTC))
        seen.append(days())
    assert seen == [
        ["04"], ["04", "05"], ["04", "05", "06"], ["04", "05", "06"], ["04", "05", "06", "07", "08", "09"],
    ]  # fmt: skip


def test_prices_are_closes_of_whole_hours_as_far_as_they_have_come(sim: Sim) -> None:
    rows = published(sim, "prices.json?since=2026-11-05&until=2026-11-06")
    token = [row for row in rows if row["symbol"] == "BUX"]
    assert [row["at"] for row in token] == [f"2026-11-05T{hour:02d}:00:00Z" for hour in range(7)]
    assert {row["price_usd"] for row in rows if row["symbol"] == "TON"} == {"5.000000"}
    assert len({row["price_usd"] for row in token}) > 1


def test_the_products_price_moves_are_the_exchanges_prices(sim: Sim) -> None:
    closes = {
        row["at"]: float(row["price_usd"])
        for row in published(sim, "prices.json?since=2026-11-01&until=2026-11-06")
        if row["symbol"] == "BUX"
    }
    stream = ProductStream(sim.world)
    moves = [
        row
        for row in stream.rows("events", stream.opened_at(), stream.known_until())
        if row["event_type"] == "price_move"
    ]
    assert len(moves) > 10
    assert [row["properties"]["price_usd"] for row in moves] == [closes[row["occurred_at"]] for row in moves]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("fx_rates.xml", 404),
        ("gold.json", 404),
        ("fx_rates.json?since=yesterday", 400),
        ("fx_rates.json?since=2026-11-05&until=2026-11-01", 400),
        ("prices.csv?since=2020-01-01&until=2026-11-01", 400),
    ],
)
def test_what_is_not_published_is_refused(sim: Sim, path: str, status: int) -> None:
    assert httpx.get(f"{sim.base_url}/markets/{path}").status_code == status
