"""Pulling an account: every answer lands, one entity's trouble is only its own, and what came back is told."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from actions.pull_account import AccountPull, EntityPull, PullPorts, Watermarks, pull_account
from connectors.ad_platform import AccountProfile, AccountRef, Ask, DayWindow, Reports, Row
from connectors.asking import Question, usual_question
from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.landing.manifest import Pull
from connectors.landing.pending import find_pending
from connectors.taxonomy import AuthExpired, RateLimited, Said

ACCOUNT = AccountRef(party="practice_ads", account_id="a1", credential_prefix="PRACTICE_ACCOUNT_1")
WINDOW = DayWindow(date(2026, 10, 1), date(2026, 10, 4))
NOW = datetime(2026, 10, 4, 6, tzinfo=UTC)


def schema(entity: str, kind: Kind, *columns: Column, cursor: str | None = None) -> EntitySchema:
    return EntitySchema(
        party="practice_ads",
        entity=entity,
        kind=kind,
        description="A row.",
        columns=(Column("id", Type.TEXT, "$.id", "Its id."), *columns),
        key=("id",),
        cursor=cursor,
    )


CAMPAIGNS = schema("campaigns", Kind.OBJECT)
AD_DAILY = schema("ad_daily", Kind.WINDOWED, Column("spend", Type.DECIMAL, "$.metrics.spend", "Spend."))
POSTS = schema("posts", Kind.APPEND, cursor="$.update_id")


class AskedReports(Reports):
    """Answers what it was given, or fails as it was told; remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[Ask] = []

    def requests_made(self) -> int:
        return len(self.asked)

    def profile(self) -> AccountProfile:
        if isinstance(self.answers.get("profile"), Exception):
            raise self.answers["profile"]
        return AccountProfile(account_id="a1", name="One", currency="EUR", timezone="Europe/Berlin")

    def rows(self, ask: Ask) -> Iterator[Row]:
        self.asked.append(ask)
        for row in self.answers[ask.entity]:
            if isinstance(row, Exception):
                raise row
            yield row


@dataclass
class RememberedWatermarks(Watermarks):
    cursors: dict[str, str] = field(default_factory=dict)
    told: list[EntityPull] = field(default_factory=list)
    through: dict[str, date] = field(default_factory=dict)

    def cursor(self, *, party: str, account_id: str, entity: str) -> str | None:
        return self.cursors.get(entity)

    def through_day(self, *, party: str, account_id: str, entity: str) -> date | None:
        return self.through.get(entity)

    def landed(self, pull: EntityPull) -> None:
        self.told.append(pull)
        if pull.cursor is not None:
            self.cursors[pull.entity] = pull.cursor


def pulled(landing: Path, reports: Reports, *schemas: EntitySchema, **ports: Any) -> AccountPull:
    handed = {"watermarks": RememberedWatermarks(), "clock": lambda: NOW, "sleep": lambda seconds: None, **ports}
    return pull_account(
        ACCOUNT,
        reports=reports,
        questions=[usual_question(schema) for schema in schemas],
        window=WINDOW,
        pull_id="run-1",
        ports=PullPorts(landing=landing, **handed),
    )


def said(message: str) -> Said:
    return Said(party="practice_ads", call="GET rows", message=message, account_id="a1")


def test_every_answer_lands_and_is_told(tmp_path: Path) -> None:
    days = [{"id": "1", "metrics": {"spend": "1.10"}}, {"id": "2", "metrics": {"spend": 2.2}}, {"id": "3"}]
    reports = AskedReports(campaigns=[{"id": "c1"}], ad_daily=days)
    progress: list[str] = []
    result = pulled(tmp_path, reports, CAMPAIGNS, AD_DAILY, on_progress=progress.append)
    assert reports.asked == [Ask(entity="campaigns"), Ask(entity="ad_daily", window=WINDOW)]
    assert (result.rows, result.requests, result.failures) == (4, 2, ())
    campaigns, ad_daily = result.entities
    assert (campaigns.rows, campaigns.window, campaigns.spend, campaigns.currency) == (1, None, None, "EUR")
    assert (ad_daily.rows, ad_daily.window, ad_daily.spend) == (3, WINDOW, Decimal("3.30"))
    landed = {pull.stream.entity: pull for pull in find_pending(tmp_path).landed}
    assert landed["ad_daily"].data.stat().st_size == ad_daily.bytes
    manifest = landed["ad_daily"].manifest
    assert manifest is not None
    assert (manifest.pull.window, manifest.pull.pulled_at, manifest.pull.timezone) == (WINDOW, NOW, "Europe/Berlin")
    assert progress == [
        "practice_ads a1 campaigns: 1 rows",
        "practice_ads a1 ad_daily: 3 rows for 2026-10-01 to 2026-10-04 (exclusive)",
    ]


def test_an_entity_that_fails_half_way_lands_nothing_and_the_others_go_on(tmp_path: Path) -> None:
    failure = RateLimited(said("slow down"))
    reports = AskedReports(campaigns=[{"id": "c1"}, failure], ad_daily=[{"id": "1"}])
    watermarks = RememberedWatermarks()
    result = pulled(tmp_path, reports, CAMPAIGNS, AD_DAILY, watermarks=watermarks)
    assert result.failures == (failure,)
    assert [pull.stream.entity for pull in find_pending(tmp_path).landed] == ["ad_daily"]
    assert find_pending(tmp_path).unfinished == ()
    assert [pull.entity for pull in watermarks.told] == ["ad_daily"]


def test_a_run_that_is_tried_again_asks_only_for_what_did_not_land(tmp_path: Path) -> None:
    pulled(
        tmp_path, AskedReports(campaigns=[{"id": "c1"}], ad_daily=[RateLimited(said("slow down"))]), CAMPAIGNS, AD_DAILY
    )
    reports = AskedReports(campaigns=[{"id": "c1"}], ad_daily=[{"id": "1"}])
    again = pulled(tmp_path, reports, CAMPAIGNS, AD_DAILY)
    assert [ask.entity for ask in reports.asked] == ["ad_daily"]
    assert [entity.had_landed for entity in again.entities] == [True, False]
    assert again.failures == ()
    assert len(find_pending(tmp_path).landed) == 2


def test_a_revoked_token_is_asked_once(tmp_path: Path) -> None:
    reports = AskedReports(campaigns=[AuthExpired(said("token revoked"))], ad_daily=[])
    result = pulled(tmp_path, reports, CAMPAIGNS, AD_DAILY)
    assert [ask.entity for ask in reports.asked] == ["campaigns"]
    (failure,) = result.failures
    assert "Renew the credential" in str(failure)


def test_an_unknown_account_is_returned_not_raised(tmp_path: Path) -> None:
    error = AuthExpired(said("no such account"))
    result = pulled(tmp_path, AskedReports(profile=error), CAMPAIGNS)
    assert (result.profile, result.entities, result.failures) == (None, (), (error,))
    assert find_pending(tmp_path).landed == ()


class Feed(AskedReports):
    """Hands over two updates at a time and forgets what lies before the position it is asked from."""

    def rows(self, ask: Ask) -> Iterator[Row]:
        self.asked.append(ask)
        position = int(ask.cursor or 0)
        self.answers["posts"] = [row for row in self.answers["posts"] if row["update_id"] > position]
        yield from self.answers["posts"][:2]


def test_an_entity_with_a_cursor_continues_where_it_stopped_until_nothing_new_comes(tmp_path: Path) -> None:
    feed = Feed(posts=[{"id": str(number), "update_id": number} for number in range(7, 14)])
    watermarks = RememberedWatermarks(cursors={"posts": "8"})
    posts = pulled(tmp_path, feed, POSTS, watermarks=watermarks).entities
    assert [ask.cursor for ask in feed.asked] == ["8", "10", "12", "13"]
    assert [(each.rows, each.cursor) for each in posts] == [(2, "10"), (2, "12"), (1, "13"), (0, "13")]
    landed = [json.loads(line) for each in find_pending(tmp_path).landed for line in each.data.read_text().splitlines()]
    assert [row["update_id"] for row in landed] == [9, 10, 11, 12, 13]


def test_a_batch_is_durable_before_the_next_one_lets_it_be_forgotten(tmp_path: Path) -> None:
    class Breaks(Feed):
        def rows(self, ask: Ask) -> Iterator[Row]:
            yield from super().rows(ask)
            if ask.cursor == "2":
                raise RateLimited(Said(party="practice_ads", call="GET posts"))

    feed = Breaks(posts=[{"id": str(number), "update_id": number} for number in range(1, 6)])
    first, second = pulled(tmp_path, feed, POSTS).entities
    assert (first.cursor, second.error is None) == ("2", False)
    landed = [line for each in find_pending(tmp_path).landed for line in each.data.read_text().splitlines()]
    assert [json.loads(line)["update_id"] for line in landed] == [1, 2]


def test_a_secret_in_an_answer_does_not_land(tmp_path: Path) -> None:
    reports = AskedReports(campaigns=[{"id": "c1", "echo": "you sent made-up-token-1"}])
    pulled(tmp_path, reports, CAMPAIGNS, secrets=("made-up-token-1",))
    (landed,) = find_pending(tmp_path).landed
    assert json.loads(landed.data.read_text()) == {"id": "c1", "echo": "you sent [withheld]"}


THINGS = schema("things", Kind.OBJECT)


def asked_of(landing: Path, reports: AskedReports, question: Question, watermarks: RememberedWatermarks) -> Pull:
    """The pull that one question makes, as its manifest tells it."""
    number = len(watermarks.told)
    ports = PullPorts(landing=landing, clock=lambda: NOW, sleep=lambda seconds: None, watermarks=watermarks)
    result = pull_account(
        ACCOUNT, reports=reports, questions=[question], window=WINDOW, pull_id=f"run-{number}", ports=ports
    )
    assert result.failures == ()
    (landed,) = [pull for pull in find_pending(landing).landed if pull.stem.endswith(f"run-{number}")]
    assert landed.manifest is not None
    return landed.manifest.pull


def test_a_question_by_days_that_is_not_the_whole_truth_says_so(tmp_path: Path) -> None:
    reports = AskedReports(things=[{"id": "1"}])
    question = Question(schema=THINGS, by_days=True, is_complete=False)
    pull = asked_of(tmp_path, reports, question, RememberedWatermarks())
    assert reports.asked == [Ask(entity="things", window=WINDOW)]
    assert (pull.window, pull.complete) == (WINDOW, False)


def test_once_a_day_everything_is_asked_for_and_what_is_not_there_is_gone(tmp_path: Path) -> None:
    reports, watermarks = AskedReports(things=[{"id": "1"}]), RememberedWatermarks()
    question = Question(schema=THINGS, by_days=True, is_complete=False, whole_daily=True)
    today = date(2026, 10, 4)  # eight in the morning in Berlin
    first = asked_of(tmp_path, reports, question, watermarks)
    watermarks.through["things"] = today
    second = asked_of(tmp_path, reports, question, watermarks)
    watermarks.through["things"] = today - timedelta(days=1)
    third = asked_of(tmp_path, reports, question, watermarks)
    assert reports.asked == [Ask(entity="things"), Ask(entity="things", window=WINDOW), Ask(entity="things")]
    assert [pull.complete for pull in (first, second, third)] == [True, False, True]
    assert first.window == DayWindow(today, today + timedelta(days=1))


def test_what_continues_goes_on_from_where_the_reader_says_it_got_to(tmp_path: Path) -> None:
    class Positioned(AskedReports):
        def position(self, entity: str) -> str:
            return str(100 * len(self.asked))

    reports, watermarks = Positioned(things=[{"id": "1"}]), RememberedWatermarks()
    question = Question(schema=THINGS, continues=True, is_complete=False)
    for _ in range(2):
        asked_of(tmp_path, reports, question, watermarks)
    assert reports.asked == [Ask(entity="things"), Ask(entity="things", cursor="100")]
    assert watermarks.cursors == {"things": "200"}
