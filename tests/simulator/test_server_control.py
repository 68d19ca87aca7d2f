"""The practice world's own controls over HTTP, and the world as a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from time import sleep

import httpx
import pytest

from simulator.credentials import environment
from simulator.serving import Sim, serve
from simulator.world.model import AdDay


@pytest.fixture
def sim() -> Iterator[Sim]:
    with serve(scenario="tiny", seed=31) as served:
        yield served


@pytest.fixture
def http(sim: Sim) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.base_url, timeout=30.0) as client:
        yield client


def test_the_clock_is_read_and_advanced_and_never_turned_back(sim, http):
    assert http.get("/sim/clock").json() == {"now": "2026-11-05T06:00:00+00:00"}
    assert http.post("/sim/clock", json={"hours": 5}).json() == {"now": "2026-11-05T11:00:00+00:00"}
    assert http.post("/sim/clock", json={"days": 2}).json() == {"now": "2026-11-07T11:00:00+00:00"}
    target = {"to": "2026-11-09T00:00:00+01:00"}
    assert http.post("/sim/clock", json=target).json() == {"now": "2026-11-08T23:00:00+00:00"}
    assert sim.control.now().isoformat() == "2026-11-08T23:00:00+00:00"
    for refused in ({"to": "2026-11-01T00:00:00+00:00"}, {"hours": -1}, {"to": "2026-12-01"}, {"weeks": 1}):
        answer = http.post("/sim/clock", json=refused)
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert sim.control.now().isoformat() == "2026-11-08T23:00:00+00:00"


def test_truth_over_http_is_what_the_world_holds(sim, http):
    account = sim.world.accounts("meta_ads")[1]
    asked = {"party": "meta_ads", "account": account.id, "since": "2026-11-01", "until": "2026-11-04"}
    told = http.get("/sim/truth", params=asked).json()
    rows = sim.world.ad_days("meta_ads", account.id, date(2026, 11, 1), date(2026, 11, 4))
    assert [_key(row) for row in rows] == [
        (row["ad_id"], row["slice"], row["day"], row["impressions"], row["clicks"], Decimal(row["spend"]))
        for row in told["ad_days"]
    ]
    assert (told["currency"], told["timezone"], told["as_of"]) == ("JPY", "Asia/Tokyo", "2026-11-05T06:00:00+00:00")
    assert len(told["account_days"]) == 3
    assert told["responses"]


def _key(row: AdDay) -> tuple[str, str, str, int, int, Decimal]:
    return row.ad_id, row.slice, row.day.isoformat(), row.impressions, row.clicks, row.spend


def test_truth_about_nobody_is_refused(http):
    assert http.get("/sim/truth", params={"party": "meta_ads", "account": "nobody"}).status_code == 400
    assert http.get("/sim/truth", params={"party": "meta_ads"}).status_code == 400


def test_orders_of_an_hour_are_told_with_their_cause(sim, http):
    now = sim.world.now()
    asked = {"since": (now - timedelta(days=2)).isoformat(), "until": now.isoformat()}
    told = http.get("/sim/orders", params=asked).json()["orders"]
    assert [order["id"] for order in told] == [order.id for order in sim.world.orders(now - timedelta(days=2), now)]
    assert {"meta_ads", None} <= {order["party"] for order in told}


def test_an_account_is_suspended_over_http(sim, http):
    account = sim.world.accounts("x_ads")[0]
    wanted = {"party": "x_ads", "account_id": account.id, "status": "suspended"}
    assert http.post("/sim/accounts", json=wanted).status_code == 200
    found = sim.world.account("x_ads", account.id)
    assert found is not None
    assert found.status == "suspended"
    assert http.post("/sim/accounts", json=wanted | {"status": "on fire"}).status_code == 400
    assert http.post("/sim/accounts", json=wanted | {"account_id": "nobody"}).status_code == 400


def test_credentials_name_every_field_a_platform_wants(sim, http):
    named = http.get("/sim/credentials").json()
    assert set(named) == {
        "META_ACCOUNT_1_ID", "META_ACCOUNT_1_TOKEN", "META_ACCOUNT_1_APP_SECRET",
        "META_ACCOUNT_2_ID", "META_ACCOUNT_2_TOKEN", "META_ACCOUNT_2_APP_SECRET",
        "X_ACCOUNT_1_ID", "X_ACCOUNT_1_CONSUMER_KEY", "X_ACCOUNT_1_CONSUMER_SECRET", "X_ACCOUNT_1_TOKEN",
        "X_ACCOUNT_1_TOKEN_SECRET",
        "TIKTOK_ACCOUNT_1_ID", "TIKTOK_ACCOUNT_1_TOKEN",
        "TELEGRAM_ACCOUNT_1_ID", "TELEGRAM_ACCOUNT_1_BOT_TOKEN",
    }  # fmt: skip
    assert named == environment(sim.credentials)
    assert named["META_ACCOUNT_1_ID"] == sim.world.accounts("meta_ads")[0].id
    assert len(set(named.values())) == len(named)
    lines = http.get("/sim/credentials", params={"format": "env"}).text.splitlines()
    assert f"X_ACCOUNT_1_TOKEN={named['X_ACCOUNT_1_TOKEN']}" in lines


def test_requests_are_noted_and_a_bots_token_is_not(sim, http):
    token = sim.credential("telegram").fields["BOT_TOKEN"]
    http.get(f"/bot{token}/getMe")
    http.get("/nowhere")
    seen = http.get("/sim/requests").json()["requests"]
    assert [(each["method"], each["path"]) for each in seen][-1] == ("GET", "/nowhere")
    assert seen[0]["path"].endswith("/getMe")
    assert token.split(":")[1] not in str(seen)
    http.delete("/sim/requests")
    assert http.get("/sim/requests").json() == {"requests": []}


def test_two_worlds_are_served_side_by_side():
    with serve(scenario="tiny", seed=1) as one, serve(scenario="tiny", seed=2) as two:
        one.control.advance(days=1)
        clocks = [httpx.get(f"{sim.base_url}/sim/clock").json()["now"] for sim in (one, two)]
    assert clocks == ["2026-11-06T06:00:00+00:00", "2026-11-05T06:00:00+00:00"]


def test_the_process_prints_its_address_writes_its_environment_and_lets_time_run(tmp_path):
    env_file = tmp_path / "sim.env"
    arguments = ["--scenario", "tiny", "--seed", "5", "--env-file", str(env_file), "--speed", "360000"]
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", *arguments], stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = line.split(" at ")[1].split(",")[0]
            named = dict(entry.split("=", 1) for entry in env_file.read_text().splitlines())
            assert named["META_BASE_URL"] == address
            assert "TIKTOK_ACCOUNT_1_TOKEN" in named
            first = httpx.get(f"{address}/sim/clock").json()["now"]
            later = first
            for _ in range(100):
                later = httpx.get(f"{address}/sim/clock").json()["now"]
                if later > first:
                    break
                sleep(0.05)  # a real process is watched here, so real time has to pass
            assert later > first
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=20)
