"""Each switchable fault as a client meets it, over real HTTP, in the share and order that was asked for."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from json import JSONDecodeError

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.doors import DoorSpec
from simulator.faults import FAULT_KINDS, Fault, Faults
from simulator.serving import Sim, serve
from simulator.world.model import Door

ROWS = [{"id": number, "name": "Überblick"} for number in range(200)]


class Counting:
    """A door with one list and one write, which remembers what reached it."""

    def __init__(self, party: str, prefix: str) -> None:
        self.party, self.prefix = party, prefix
        self.written: list[str] = []
        self.door: Door | None = None

    def spec(self) -> DoorSpec:
        return DoorSpec(
            party=self.party,
            owns=lambda path: path.startswith(self.prefix),
            routes=self._routes,
            rate_limited=lambda request: JSONResponse({"slow_down": self.party}, status_code=429),
            is_write=lambda request: request.method == "POST",
        )

    def _routes(self, door: Door) -> list[Route]:
        self.door = door
        return [
            Route(f"{self.prefix}/rows", self._rows, methods=["GET"]),
            Route(f"{self.prefix}/write", self._write, methods=["POST"]),
        ]

    async def _rows(self, request: Request) -> Response:
        return JSONResponse({"data": ROWS})

    async def _write(self, request: Request) -> Response:
        self.written.append((await request.body()).decode())
        return JSONResponse({"success": True})


@pytest.fixture(scope="module")
def doors() -> tuple[Counting, Counting]:
    return Counting("meta_ads", "/one"), Counting("x_ads", "/two")


@pytest.fixture(scope="module")
def served(doors: tuple[Counting, Counting]) -> Iterator[Sim]:
    with serve(scenario="tiny", seed=21, specs=[door.spec() for door in doors]) as sim:
        yield sim


@pytest.fixture
def sim(served: Sim, doors: tuple[Counting, Counting]) -> Iterator[Sim]:
    served.faults.clear()
    served.log.clear()
    for door in doors:
        door.written.clear()
    yield served
    served.faults.clear()


@pytest.fixture
def http(sim: Sim) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.base_url, timeout=5.0) as client:
        yield client


def test_without_faults_nothing_is_in_the_way(sim, http):
    assert http.get("/one/rows").json() == {"data": ROWS}
    assert [seen.fault for seen in sim.log.all()] == [None]


def test_a_path_no_door_owns_is_not_found(http):
    assert http.get("/elsewhere").status_code == 404


def test_rate_limits_are_worded_by_the_door(sim, http):
    sim.faults.switch_on("rate_limited", count=2)
    assert http.get("/one/rows").json() == {"slow_down": "meta_ads"}
    assert http.get("/two/rows").json() == {"slow_down": "x_ads"}
    assert http.get("/two/rows").status_code == 200


@pytest.mark.parametrize("status", [500, 503])
def test_server_errors_come_before_the_door(sim, http, doors, status):
    sim.faults.switch_on("server_error", status=status, count=1)
    assert http.post("/one/write", content="a").status_code == status
    assert doors[0].written == []


def test_a_timeout_never_answers_and_ends_when_the_client_gives_up(sim, doors):
    sim.faults.switch_on("timeout", seconds=30, count=1)
    with httpx.Client(base_url=sim.base_url, timeout=0.2) as client, pytest.raises(httpx.ReadTimeout):
        client.post("/one/write", content="a")
    assert doors[0].written == []


def test_a_timeout_is_bounded_for_clients_that_never_give_up(sim, http):
    sim.faults.switch_on("timeout", seconds=0.05, count=1)
    with pytest.raises(httpx.TransportError):
        http.get("/one/rows")


def test_slow_answers_are_right_in_the_end(sim, http):
    sim.faults.switch_on("slow", seconds=0.3, count=1)
    with pytest.raises(httpx.ReadTimeout):
        http.get("/one/rows", timeout=0.05)
    sim.faults.switch_on("slow", seconds=0.05, count=1)
    assert http.get("/one/rows").json() == {"data": ROWS}


def test_a_reset_comes_before_the_door_and_a_late_reset_after_it(sim, http, doors):
    sim.faults.switch_on("reset", count=1)
    with pytest.raises(httpx.TransportError):
        http.post("/one/write", content="lost")
    assert doors[0].written == []
    sim.faults.switch_on("reset_after_write", count=1)
    assert http.get("/one/rows").status_code == 200  # a read is not a write: the fault waits for one
    with pytest.raises(httpx.TransportError):
        http.post("/one/write", content="applied")
    assert doors[0].written == ["applied"]
    seen = [(each.method, each.status, each.fault) for each in sim.log.all()]
    assert seen == [("POST", None, "reset"), ("GET", 200, None), ("POST", None, "reset_after_write")]


def test_malformed_json_is_a_complete_answer_that_does_not_parse(sim, http):
    sim.faults.switch_on("malformed", count=1)
    answer = http.get("/one/rows")
    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["content-length"])
    with pytest.raises(JSONDecodeError):
        answer.json()


def test_a_truncated_body_ends_in_a_transport_error(sim, http):
    sim.faults.switch_on("truncated", count=1)
    with pytest.raises(httpx.TransportError):
        http.get("/one/rows")


@pytest.mark.parametrize("status", [502, 200])
def test_a_gateway_answers_html(sim, http, status):
    sim.faults.switch_on("html", status=status, count=1)
    answer = http.get("/one/rows")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


def test_filters_spare_the_other_party_path_and_method(sim, http):
    sim.faults.switch_on("server_error", party="meta_ads", path="/rows$", method="get")
    assert http.get("/two/rows").status_code == 200
    assert http.post("/one/write", content="a").status_code == 200
    assert http.get("/one/rows").status_code == 500
    sim.faults.switch_off("server_error")
    assert http.get("/one/rows").status_code == 200


def test_a_share_of_calls_suffers_about_as_often_as_asked(sim, http):
    sim.faults.switch_on("server_error", rate=0.05)
    statuses = Counter(http.get("/one/rows").status_code for _ in range(1200))
    # Expected 60, standard deviation 7.5: five of them either way.
    assert 22 <= statuses[500] <= 98
    assert statuses[200] + statuses[500] == 1200
    state = sim.faults.state()["faults"][0]
    assert (state["seen"], state["struck"]) == (1200, statuses[500])
    assert Counter(seen.fault for seen in sim.log.all()) == {"server_error": statuses[500], None: statuses[200]}


def test_faults_are_seeded():
    def pattern(seed: int) -> list[bool]:
        faults, door = Faults(seed=seed), Counting("meta_ads", "/one").spec()
        faults.switch_on("reset", rate=0.3)
        request = Request({"type": "http", "method": "GET", "path": "/one", "headers": [], "query_string": b""})
        return [faults.strike(door, request) is not None for _ in range(60)]

    assert pattern(1) == pattern(1)
    assert pattern(1) != pattern(2)
    assert any(pattern(1))
    assert not all(pattern(1))


def test_two_faults_on_one_call_count_once(sim, http):
    sim.faults.switch_on("server_error", count=1)
    sim.faults.switch_on("html", count=1)
    assert [http.get("/one/rows").status_code for _ in range(3)] == [500, 502, 200]


def test_revoked_tokens_and_the_skewed_clock_reach_the_doors(sim, doors):
    door = doors[0].door
    assert door is not None
    assert not door.is_revoked("meta_ads", "1")
    sim.faults.revoke("meta_ads", "1")
    assert door.is_revoked("meta_ads", "1")
    assert not door.is_revoked("x_ads", "1")
    sim.faults.restore("meta_ads", "1")
    assert not door.is_revoked("meta_ads", "1")
    assert abs(door.wall_clock() - datetime.now(UTC)) < timedelta(seconds=5)
    sim.faults.clock_skew = timedelta(minutes=10)
    assert timedelta(minutes=9) < door.wall_clock() - datetime.now(UTC) < timedelta(minutes=11)


def test_every_answer_is_dated_once_by_the_platforms_own_clock(sim, http):
    sim.faults.clock_skew = timedelta(minutes=10)
    sim.faults.switch_on("html", count=1)
    for path in ("/one/rows", "/one/rows", "/elsewhere"):
        (stated,) = http.get(path).headers.get_list("date")
        ahead = parsedate_to_datetime(stated) - datetime.now(UTC)
        assert timedelta(minutes=9) < ahead < timedelta(minutes=11)


def test_the_control_api_switches_faults_and_refuses_nonsense(sim, http):
    wanted = {
        "faults": [{"kind": "server_error", "rate": 1.0, "party": "x_ads", "status": 503}],
        "revoked": [{"party": "x_ads", "account_id": "abc"}],
        "clock_skew_seconds": 600,
    }
    assert http.put("/sim/faults", json=wanted).status_code == 200
    assert http.get("/two/rows").status_code == 503
    state = http.get("/sim/faults").json()
    assert state["faults"][0]["struck"] == 1
    assert (state["revoked"], state["clock_skew_seconds"]) == ([{"party": "x_ads", "account_id": "abc"}], 600.0)
    for nonsense in ({"faults": [{"kind": "earthquake"}]}, {"fault": []}, {"faults": [{"kind": "slow", "rate": 2}]}):
        assert http.put("/sim/faults", json=nonsense).status_code == 400
    assert http.get("/two/rows").status_code == 503  # what was refused has changed nothing
    assert http.delete("/sim/faults").json() == {"faults": [], "revoked": [], "clock_skew_seconds": 0.0}
    assert http.get("/two/rows").status_code == 200


def test_control_calls_are_never_faulty(sim, http):
    for kind in FAULT_KINDS:
        sim.faults.switch_on(kind)
    assert http.get("/sim/clock").status_code == 200


def test_an_unknown_kind_or_rate_is_refused_by_name():
    with pytest.raises(ValueError, match="earthquake"):
        Faults(seed=1).put({"faults": [{"kind": "earthquake"}]})
    with pytest.raises(ValueError, match="between 0 and 1"):
        Fault(kind="slow", rate=-0.1)
