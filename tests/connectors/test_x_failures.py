"""How the X connector fails, over HTTP: each class of failure once, clear to a person, and without a secret in it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.ad_platform import (
    AccountRef,
    AdControl,
    Ask,
    CampaignDraft,
    CreativeDraft,
    DayWindow,
    Level,
    Objective,
    Ports,
    Status,
)
from connectors.registry import ad_platform
from connectors.taxonomy import (
    AuthExpired,
    BudgetGone,
    Conflict,
    NotFound,
    PartyError,
    PermissionDenied,
    RateLimited,
    Rejected,
    SplitRequest,
    TransientError,
)
from simulator.serving import Sim, serve
from simulator.world.scenario import TINY, X_EU, X_US
from simulator.x_ads.door import DOOR, door_spec
from simulator.x_ads.gate import Settings
from simulator.x_ads.quotas import Quota

SCENARIO = replace(TINY, accounts=(X_US, X_EU), history_days=4, campaigns=1)
DAYS = DayWindow(date(2026, 11, 2), date(2026, 11, 4))
PLATFORM = ad_platform("x_ads")
PREFIX = "X_ACCOUNT_1"


@pytest.fixture(scope="module")
def served() -> Iterator[Sim]:
    with serve(scenario=SCENARIO, seed=8, specs=[DOOR]) as sim:
        yield sim


@pytest.fixture
def sim(served: Sim) -> Iterator[Sim]:
    yield served
    served.faults.clear()


def environment(sim: Sim, number: int = 0) -> dict[str, str]:
    return {f"{PREFIX}_{name}": value for name, value in sim.credential("x_ads", number).fields.items()}


def ports(base_url: str, secrets: dict[str, str], *, skew: timedelta = timedelta()) -> Ports:
    return Ports(
        clock=lambda: datetime(2026, 11, 5, 6, tzinfo=UTC),
        wall_clock=lambda: datetime.now(UTC) + skew,
        sleep=lambda seconds: None,
        secret=secrets.get,
        base_url=base_url,
    )


def account(account_id: str) -> AccountRef:
    return AccountRef(party="x_ads", account_id=account_id, credential_prefix=PREFIX)


def reports(sim: Sim, *, account_id: str | None = None, **more: Any) -> Any:
    secrets = environment(sim)
    return PLATFORM.reports(account(account_id or secrets[f"{PREFIX}_ID"]), ports(sim.base_url, secrets, **more))


def control(sim: Sim) -> Any:
    secrets = environment(sim)
    return control_of(account(secrets[f"{PREFIX}_ID"]), ports(sim.base_url, secrets))


def control_of(ref: AccountRef, handed: Ports) -> AdControl:
    assert PLATFORM.control is not None
    return PLATFORM.control(ref, handed)


def pull(reading: Any, entity: str = "campaigns", window: DayWindow | None = None) -> list[Any]:
    return list(reading.rows(Ask(entity=entity, window=window)))


def check_no_secret(error: PartyError, sim: Sim) -> None:
    for name, value in environment(sim).items():
        if not name.endswith("_ID"):
            assert value not in str(error)
            assert value not in repr(error)


def test_a_revoked_token_stops_the_source_and_clears_the_clock(sim: Sim):
    sim.faults.revoke("x_ads", sim.credential("x_ads").account_id)
    with pytest.raises(AuthExpired, match="look at the keys") as raised:
        pull(reports(sim))
    check_no_secret(raised.value, sim)


@pytest.mark.parametrize(("minutes", "side"), [(10, "ahead of"), (-10, "behind")])
def test_a_clock_ten_minutes_off_is_named_as_the_likely_cause(sim: Sim, minutes: int, side: str):
    with pytest.raises(
        AuthExpired, match=rf"the clock is the likely cause: our clock is (599|600|601) s {side} X's"
    ) as raised:
        pull(reports(sim, skew=timedelta(minutes=minutes)))
    assert "Set this machine's clock" in str(raised.value)
    check_no_secret(raised.value, sim)


@pytest.mark.parametrize("missing", ["CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN", "TOKEN_SECRET"])
def test_a_missing_key_is_named_before_anything_is_sent(sim: Sim, missing: str):
    secrets = environment(sim)
    del secrets[f"{PREFIX}_{missing}"]
    sim.log.clear()
    with pytest.raises(AuthExpired, match=f"Set {PREFIX}_{missing} in the environment"):
        PLATFORM.reports(account("any"), ports(sim.base_url, secrets))
    assert sim.log.all() == []


def test_an_account_the_keys_do_not_open_is_a_matter_of_permission(sim: Sim):
    for stranger in (sim.credential("x_ads", 1).account_id, "nobody"):
        with pytest.raises(PermissionDenied, match="was not found"):
            reports(sim, account_id=stranger).profile()


def test_unknown_objects_are_not_found(sim: Sim):
    with pytest.raises(NotFound):
        control(sim).read(Level.CAMPAIGN, "zzzzz")


def test_an_address_that_is_no_ads_api_is_told_from_its_html(sim: Sim):
    secrets = environment(sim)
    reading = PLATFORM.reports(account(secrets[f"{PREFIX}_ID"]), ports(f"{sim.base_url}/12", secrets))
    with pytest.raises(NotFound, match="HTML page"):
        pull(reading)


def test_what_x_finds_invalid_is_rejected_with_its_own_words(sim: Sim):
    draft = CampaignDraft(name="x" * 256, objective=Objective.SALES)
    with pytest.raises(Rejected, match="at most 255 characters"):
        control(sim).create_campaign(draft)


def test_a_funding_instrument_that_is_not_there_cannot_pay(sim: Sim):
    draft = CampaignDraft(name="unpaid", objective=Objective.SALES, extras={"funding_instrument_id": "zzzz"})
    with pytest.raises(BudgetGone, match="can pay"):
        control(sim).create_campaign(draft)


def test_the_same_text_twice_is_a_conflict(sim: Sim):
    writing = control(sim)
    page = "https://larkspur.example/"
    writing.create_creative(CreativeDraft(name="first", text="Good morning", landing_page=page))
    with pytest.raises(Conflict, match="duplicate"):
        writing.create_creative(CreativeDraft(name="second", text="Good morning", landing_page=page))


@pytest.mark.parametrize("kind", ["server_error", "html", "malformed", "truncated", "reset"])
def test_a_platform_that_stays_broken_is_transient(sim: Sim, kind: Any):
    sim.faults.switch_on(kind)
    with pytest.raises(TransientError) as raised:
        pull(reports(sim))
    assert type(raised.value) is TransientError
    check_no_secret(raised.value, sim)


def test_a_question_too_complex_even_for_one_id_and_one_day_says_so():
    with serve(scenario=SCENARIO, seed=8, specs=[door_spec(Settings(most_complex=1))]) as sim:
        for window in (DAYS, DayWindow(date(2026, 10, 10), date(2026, 10, 30))):
            if window is DAYS:
                with pytest.raises(SplitRequest, match="one id and one day"):
                    pull(reports(sim), "ad_daily", window)
            else:
                assert pull(reports(sim), "ad_daily", window) == []  # nothing ran then, so nothing is asked


def test_a_quota_that_stays_used_up_defers_the_work():
    with serve(scenario=SCENARIO, seed=8, specs=[door_spec(Settings(quotas={"core_read": Quota(1, 86_400)}))]) as sim:
        reading = reports(sim)
        pull(reading)
        with pytest.raises(RateLimited, match="exceeded your rate limit"):
            [pull(reading) for _ in range(3)]  # at most one of them meets a new day's quota


def test_windowed_entities_need_a_window_and_unknown_ones_are_named(sim: Sim):
    with pytest.raises(ValueError, match="window"):
        pull(reports(sim), "ad_daily")
    with pytest.raises(KeyError, match="weather"):
        pull(reports(sim), "weather")


# --- What the practice world never says, said by a small server of the test's own


class Played:
    """Answers every path by its last part from a table, as JSON."""

    def __init__(self, table: dict[str, Any]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                found = table.get(self.path.split("?")[0].rsplit("/", 1)[-1], [])
                body = json.dumps(found if isinstance(found, dict) else {"data": found, "next_cursor": None}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, format: str, *args: Any) -> None:
                """Tests print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.ports = ports(
            f"http://127.0.0.1:{self._server.server_address[1]}",
            {f"{PREFIX}_{name}": "made-up" for name in ("CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN", "TOKEN_SECRET")},
        )

    def __enter__(self) -> Ports:
        return self.ports

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


ME = {"data": {"id": "me", "name": "Me", "timezone": "Europe/Berlin"}}


def test_the_currency_is_the_campaigns_when_nothing_pays_yet():
    with Played({"me": ME, "campaigns": [{"id": "c", "currency": "EUR"}]}) as answering:
        assert PLATFORM.reports(account("me"), answering).profile().currency == "EUR"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({}, "Add a funding instrument"),
        ({"funding_instruments": [{"id": "1", "currency": "EUR"}, {"id": "2", "currency": "USD"}]}, "disagree"),
    ],
)
def test_an_account_without_one_currency_is_refused_with_a_remedy(table: dict[str, Any], says: str):
    with Played({"me": ME, **table}) as answering, pytest.raises(Rejected, match=says):
        PLATFORM.reports(account("me"), answering).profile()


def test_an_unknown_time_zone_is_refused_rather_than_guessed():
    lost = {"data": {**ME["data"], "timezone": "Mars/Olympus"}}
    table = {"me": lost, "campaigns": [{"id": "c", "currency": "EUR"}]}
    with Played(table) as answering, pytest.raises(Rejected, match="Mars/Olympus"):
        PLATFORM.reports(account("me"), answering).profile()


def test_an_audience_that_was_not_taken_whole_is_an_error():
    with Played({"users": {"data": {"success_count": 1, "total_count": 2}}}) as answering:
        writing = control_of(account("me"), answering)
        with pytest.raises(Rejected, match="X took 1 of 2"):
            writing.sync_audience("a1", add=["a" * 64, "b" * 64], remove=[])


def test_pages_that_turn_in_circles_end_in_an_error():
    circle = {"campaigns": {"data": [{"id": "c"}], "next_cursor": "again"}}
    with Played(circle) as answering, pytest.raises(TransientError, match="same page cursor"):
        pull(PLATFORM.reports(account("me"), answering))


def test_a_change_x_says_it_did_not_make_is_a_conflict():
    unchanged = {"data": {"id": "c1", "entity_status": "ACTIVE", "deleted": False}}
    with Played({"c1": unchanged}) as answering:
        writing = control_of(account("me"), answering)
        with pytest.raises(Conflict, match="asked for paused, and X says it is active"):
            writing.set_status(Level.CAMPAIGN, "c1", Status.PAUSED)
