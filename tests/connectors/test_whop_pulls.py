"""What the Whop connector lists over HTTP is what the practice Whop holds, page by page, by days and whole."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.ad_platform import AccountRef, Ask, DayWindow, Ports, Row
from connectors.taxonomy import (
    AuthExpired,
    BudgetGone,
    Conflict,
    NotFound,
    PartyError,
    PermissionDenied,
    RateLimited,
    Rejected,
    TransientError,
)
from connectors.whop.client import VERSION, WhopClient
from connectors.whop.party import WHOP
from connectors.whop.reports import WhopReports
from connectors.whop.schemas import SCHEMAS, WEBHOOKS
from simulator.serving import Sim, serve
from simulator.whop.door import DOOR
from simulator.world.scenario import META_US, TINY

SMALL = replace(TINY, accounts=(META_US,), history_days=20, people=5_000)
LISTED = ("payments", "memberships", "members", "refunds", "plans")


class Puller:
    """One account's line, with a sleep that only writes down how long it was asked to last."""

    def __init__(self, base_url: str, key: str = "apik_made_up", account_id: str = "biz_1", *, page: int = 100) -> None:
        self.slept: list[float] = []
        self.ports = Ports(
            clock=lambda: datetime.now(UTC),
            wall_clock=lambda: datetime.now(UTC),
            sleep=self.slept.append,
            secret={"WHOP_ACCOUNT_1_KEY": key}.get,
            base_url=base_url,
        )
        self.account = AccountRef(party="whop", account_id=account_id, credential_prefix="WHOP_ACCOUNT_1")
        self.client = WhopClient(self.account, self.ports, page_size=page)
        self.reports = WhopReports(self.client)

    def rows(self, entity: str, window: DayWindow | None = None) -> list[Row]:
        return list(self.reports.rows(Ask(entity=entity, window=window)))


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, specs=[DOOR]) as sim:
        yield sim


@pytest.fixture
def puller(sim: Sim) -> Puller:
    sim.log.clear()
    return Puller(sim.base_url, sim.keys.whop_api_key, sim.keys.whop_account_id)


def held(sim: Sim, entity: str) -> list[Row]:
    """Everything of a list, by a plain client that goes by `end_cursor` alone, as the official one does."""
    headers = {"authorization": f"Bearer {sim.keys.whop_api_key}", "api-version-date": VERSION}
    rows: list[Row] = []
    after: dict[str, str] = {}
    with httpx.Client(base_url=f"{sim.base_url}/api/v1", headers=headers, timeout=30) as client:
        while True:
            page = client.get(f"/{entity}", params={"first": 100, **after}).raise_for_status().json()
            rows += page["data"]
            if page["page_info"]["end_cursor"] is None:
                return rows
            after = {"after": page["page_info"]["end_cursor"]}


@pytest.mark.parametrize("entity", LISTED)
def test_a_whole_list_is_all_there_is_whatever_the_page(sim: Sim, puller: Puller, entity: str) -> None:
    expected = sorted(row["id"] for row in held(sim, entity))
    assert len(expected) > 7
    assert sorted(row["id"] for row in puller.rows(entity)) == expected
    by_sevens = Puller(sim.base_url, sim.keys.whop_api_key, sim.keys.whop_account_id, page=7)
    assert sorted(row["id"] for row in by_sevens.rows(entity)) == expected
    assert by_sevens.reports.requests_made() == -(-len(expected) // 7)


def test_days_asked_for_one_by_one_are_the_days_together_midnights_included(sim: Sim, puller: Puller) -> None:
    first, until = date(2026, 10, 16), date(2026, 11, 6)
    together = {row["id"] for row in puller.rows("payments", DayWindow(first, until))}
    days = [first + timedelta(days=number) for number in range((until - first).days)]
    each = {day: puller.rows("payments", DayWindow(day, day + timedelta(days=1))) for day in days}
    assert (
        {row["id"] for rows in each.values() for row in rows}
        == together
        == {row["id"] for row in held(sim, "payments")}
    )
    for day, rows in each.items():  # a second before the day may come along: lists leave both ends of a stretch out
        assert {row["created_at"][:10] for row in rows} <= {day.isoformat()}


def test_the_account_is_called_as_its_plans_call_it(puller: Puller) -> None:
    profile = puller.reports.profile()
    assert (profile.name, profile.currency, profile.timezone) == ("Larkspur", None, "UTC")


def test_what_is_asked_and_how(puller: Puller) -> None:
    asked = {each.schema.entity: each for each in WHOP.asks(puller.account, puller.ports)}
    assert set(asked) == {schema.entity for schema in SCHEMAS if schema is not WEBHOOKS}
    assert {name for name, each in asked.items() if each.by_days and not each.is_complete} == {
        "payments", "refunds", "disputes", "memberships", "members",
    }  # fmt: skip
    assert {name for name, each in asked.items() if each.whole_daily} == {"memberships", "members"}
    assert (WHOP.look_back.days, asked["plans"].is_complete) == (35, True)


def test_what_no_list_holds_is_refused(puller: Puller) -> None:
    with pytest.raises(Rejected, match="'webhooks' is not listed by Whop"):
        puller.rows("webhooks")


def test_a_wrong_key_and_a_missing_one_need_a_person(sim: Sim) -> None:
    with pytest.raises(AuthExpired, match="The API key is missing, invalid or has been revoked"):
        Puller(sim.base_url, "apik_wrong").rows("plans")
    with pytest.raises(AuthExpired, match="Set WHOP_ACCOUNT_1_KEY in the environment"):
        Puller(sim.base_url, "")


class Said:
    """A Whop that answers what it was told to, one answer after the other, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, Any, dict[str, str]]) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []
        self.app = Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST"])])

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        status, body, headers = self.answers.pop(0)
        if isinstance(body, str):
            return Response(body, status_code=status, headers=headers)
        return JSONResponse(body, status_code=status, headers=headers)


def page(*ids: str, after: str | None = None, more: bool | None = None) -> tuple[int, Any, dict[str, str]]:
    info = {"has_next_page": after is not None if more is None else more, "end_cursor": after}
    return (200, {"data": [{"id": id_} for id_ in ids], "page_info": info}, {})


def refusal(status: int, message: str = "no", **headers: str) -> tuple[int, Any, dict[str, str]]:
    return (status, {"error": {"type": "some_type", "message": message, "code": "some_code"}}, headers)


def test_every_call_names_the_version_of_its_shapes_and_its_account(answering: Any) -> None:
    said = Said(page("1"))
    with answering(said.app) as base_url:
        Puller(base_url, "apik_mine", "biz_7").rows("payments", DayWindow(date(2026, 11, 1), date(2026, 11, 3)))
    (request,) = said.asked
    assert request.headers["api-version-date"] == "2026-10-15-1"
    assert request.headers["authorization"] == "Bearer apik_mine"
    assert dict(request.query_params) == {
        "account_id": "biz_7",
        "order": "created_at",
        "direction": "asc",
        "first": "100",
        "created_after": "2026-10-31T23:59:59+00:00",
        "created_before": "2026-11-03T00:00:00+00:00",
    }


def test_paging_ends_where_whop_says_so_though_the_cursor_repeats(answering: Any) -> None:
    said = Said(page("1", after="c1"), page("2", after="c1", more=False))
    with answering(said.app) as base_url:
        assert [row["id"] for row in Puller(base_url).rows("plans")] == ["1", "2"]
    assert [request.query_params.get("after") for request in said.asked] == [None, "c1"]


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([page("1", after="c1"), page("2", after="c1")], "the same page cursor came twice"),
        ([page("1", more=True)], "more pages are announced, but no cursor"),
        ([(200, {"data": "none"}, {})], "the answer is not a page of a list"),
    ],
)
def test_a_list_that_cannot_be_followed_is_not_believed(answering: Any, answers: list[Any], says: str) -> None:
    said = Said(*answers)
    with answering(said.app) as base_url, pytest.raises(TransientError, match=says):
        Puller(base_url).rows("plans")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected), (401, AuthExpired), (402, BudgetGone), (403, PermissionDenied), (404, NotFound),
        (409, Conflict), (422, Rejected),
    ],
)  # fmt: skip
def test_each_refusal_has_its_class_and_is_not_repeated(answering: Any, status: int, kind: type[PartyError]) -> None:
    said = Said(refusal(status, "Not so."))
    with answering(said.app) as base_url, pytest.raises(kind, match=r"Not so\.") as refused:
        Puller(base_url).rows("plans")
    assert refused.value.said.code == "some_type/some_code"
    assert len(said.asked) == 1


@pytest.mark.parametrize("failure", [(503, "<html>ill</html>", {}), (408, {}, {}), (200, "half an ans", {})])
def test_what_may_pass_is_asked_again(answering: Any, failure: tuple[int, Any, dict[str, str]]) -> None:
    said = Said(failure, page("1"))
    with answering(said.app) as base_url:
        assert [row["id"] for row in Puller(base_url).rows("plans")] == ["1"]


@pytest.mark.parametrize(
    ("slow_down", "waited"),
    [
        (refusal(429, "Rate limit exceeded.", **{"retry-after": "17"}), 17.0),
        (refusal(429, "Rate limit exceeded. Try again in 23 seconds."), 23.0),
        (refusal(429, "Rate limit exceeded."), 60.0),
    ],
    ids=["by the header", "by the sentence", "unstated"],
)
def test_a_full_quota_is_waited_for_as_told(answering: Any, slow_down: Any, waited: float) -> None:
    said = Said(slow_down, page("1"))
    with answering(said.app) as base_url:
        puller = Puller(base_url)
        assert [row["id"] for row in puller.rows("plans")] == ["1"]
    assert puller.slept == [waited]


def test_a_quota_that_never_frees_is_left_for_a_later_run(answering: Any) -> None:
    said = Said(*[refusal(429, **{"retry-after": "3000"})] * 2)
    with answering(said.app) as base_url, pytest.raises(RateLimited):
        Puller(base_url).rows("plans")
