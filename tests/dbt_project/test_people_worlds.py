"""A thousand small worlds of people, devices, arrivals and events in one build, against a plain and slow reference.

The reference goes person by person through lists; it shares nothing with the SQL but the rules. Every world's ids begin
with its number, so that worlds cannot touch each other.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.slow
ENGINES = ("duckdb", "postgres")
WORLDS = 1000
BROUGHT_AT = datetime(2026, 11, 20, tzinfo=UTC)
ADS_BROUGHT_AT = datetime(2026, 3, 2, tzinfo=UTC)
SOME_PAST_INSTANT = datetime(2026, 3, 29, 3, tzinfo=UTC)
CLUSTER_LIMIT = 3
PAUSE = timedelta(minutes=30)
DEFINITIONS = """
workspace: {identity_cluster_limit: 3, excluded_ids: ["market", "robot*"]}
goals:
  - {name: signup, entity: events, event_type: joined, click_window: 30d}
aliases:
  - {source: facebook, from: spring-2026, to: Spring Sale}
"""
ADS = [
    {
        "platform": "meta_ads", "account_id": "701", "campaign_id": "C1", "campaign_name": "Spring Sale",
        "ad_group_id": "G1", "ad_id": "A1", "creative_id": "K1", "date": "2026-03-01", "currency": "USD", "spend": "5",
    },
    {
        "platform": "billboards", "account_id": "b", "campaign_id": "B1", "campaign_name": "Autumn",
        "ad_group_id": "", "ad_id": "", "creative_id": "", "date": "2026-03-01", "currency": "USD", "spend": "5",
    },
]  # fmt: skip


@dataclass(frozen=True)
class Link:
    """How a link is tagged, and what follows from that: said here by hand."""

    fields: dict[str, str]
    channel: str
    platform: str | None = None
    campaign: str | None = None
    ad: str | None = None
    rung: str = "channel_only"

    @property
    def is_paid(self) -> bool:
        return self.channel.startswith("Paid") or self.channel in ("Display", "Cross-network")


HOME = {"landing_page": "https://shop.example/"}
LINKS = (
    Link({}, "Direct"),
    Link({"utm_source": "(direct)", "utm_medium": "(none)"}, "Direct"),
    Link({**HOME, "referrer": "https://www.shop.example/cart"}, "Direct"),
    Link({**HOME, "referrer": "https://www.google.co.uk/search?q=x"}, "Organic Search"),
    Link({**HOME, "referrer": "https://l.facebook.com/"}, "Organic Social"),
    Link({**HOME, "referrer": "https://blog.example/list"}, "Referral"),
    Link({"referral_code": "R7"}, "Referral"),
    Link({"utm_source": "Newsletter", "utm_medium": "Email", "utm_campaign": "weekly"}, "Email"),
    Link({"utm_source": "app", "utm_medium": "push"}, "Push"),
    Link({"utm_source": "somebody"}, "Unassigned"),
    Link(
        {"utm_source": "facebook", "utm_medium": "cpc", "utm_campaign": "SPRING sale"},
        "Paid Social", "meta_ads", "C1", None, "name_alias",
    ),
    Link(
        {"utm_source": "Facebook", "utm_medium": "paid_social", "utm_campaign": "spring-2026"},
        "Paid Social", "meta_ads", "C1", None, "name_alias",
    ),
    # The alias is facebook's alone.
    Link({"utm_source": "instagram", "utm_medium": "cpc", "utm_campaign": "spring-2026"}, "Paid Social", "meta_ads"),
    Link(
        {"utm_source": "facebook", "utm_medium": "cpc", "utm_content": "A1", "utm_campaign": "whatever"},
        "Paid Social", "meta_ads", "C1", "A1", "utm_id",
    ),
    Link(
        {"utm_source": "poster", "utm_medium": "banner", "utm_campaign": "B1"},
        "Display", "billboards", "B1", None, "utm_id",
    ),
    Link({"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "C1"}, "Email"),
    Link(
        {"utm_source": "x", "utm_medium": "paid", "platform": "x_ads", "campaign_id": "X1", "ad_id": "X2"},
        "Paid Social", "x_ads", "X1", "X2", "click_id",
    ),
    Link({"click_id": "abc", "landing_page": "https://shop.example/?ttclid=abc"}, "Paid Social", "tiktok_ads"),
    Link({"utm_source": "google", "utm_medium": "cpc"}, "Paid Search", "google_ads"),
)  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """An event, or with a link an arrival."""

    id: str
    user: str | None
    device: str | None
    at: datetime
    link: Link | None = None
    kind: str | None = None  # of an arrival
    type: str = "read"  # of an event
    marks: tuple[str, ...] = ()


@dataclass
class Told:
    """What the models say, or the reference: the same in the same words."""

    identities: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    events: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    sessions: set[tuple[Any, ...]] = field(default_factory=set)
    touches: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    people: dict[str, tuple[Any, ...]] = field(default_factory=dict)


# Worlds.


def world(number: int, luck: random.Random) -> Iterator[Fact]:
    users = [f"w{number}-{name}" for name in luck.sample(["Ann", "bob", "Zoe"], luck.randint(1, 3))]
    devices = [f"w{number}-d{nth}" for nth in range(luck.randint(1, 6))]
    if luck.random() < 0.05:
        devices.append(f"robot-{number}")
    at = datetime(2026, 3, 29, tzinfo=UTC) + timedelta(seconds=luck.randint(0, 7200))
    for nth in range(luck.randint(1, 16)):
        at += timedelta(seconds=luck.choice([0, 0, 0, 1, 600, 900, 1799, 1800, 1800, 1801, 5000]))
        if luck.random() < 0.02:
            at += timedelta(microseconds=1)
        user = luck.choice([None, None, *users])
        device = luck.choice([None, *devices]) if user else luck.choice(devices)
        name = f"w{number}-{luck.choice('aBz')}{nth}"
        if luck.random() < 0.5:
            marks = ("agent",) if luck.random() < 0.03 else ()
            kind = luck.choice([None, "visit", "click", "click", "view"])
            yield Fact(name, user, device, at, link=luck.choice(LINKS), kind=kind, marks=marks)
        else:
            marks = (luck.choice(["test", "bot"]),) if luck.random() < 0.02 else ()
            yield Fact(name, user, device, at, type=luck.choice(["read", "read", "joined"]), marks=marks)


def facts() -> list[Fact]:
    luck = random.Random(20261121)
    return [fact for number in range(WORLDS) for fact in world(number, luck)]


def event_row(fact: Fact) -> dict[str, Any]:
    return {
        "event_id": fact.id,
        "user_id": fact.user,
        "anonymous_id": fact.device,
        "event_type": fact.type,
        "occurred_at": fact.at.isoformat(),
        "properties": {f"is_{mark}": True for mark in fact.marks},
    }


def touch_row(fact: Fact) -> dict[str, Any]:
    assert fact.link is not None
    row = {
        "touch_id": fact.id,
        "user_id": fact.user,
        "anonymous_id": fact.device,
        "occurred_at": fact.at.isoformat(),
        "touch_kind": fact.kind,
        **fact.link.fields,
    }
    return row | ({"user_agent_class": "bot"} if fact.marks else {})


# The reference.


def reference(everything: list[Fact]) -> Told:
    told = Told()
    users_of: dict[str, set[str]] = {}
    for fact in everything:
        if fact.device:
            users_of.setdefault(fact.device, set()).update([fact.user] if fact.user else [])
    devices_of: dict[str, int] = {}
    for users in users_of.values():
        if len(users) == 1:
            (user,) = users
            devices_of[user] = devices_of.get(user, 0) + 1
    person_of: dict[str, str] = {}
    for device, users in users_of.items():
        person, rule = f"a:{device}", "never_identified"
        if len(users) > 1:
            rule = "shared_device"
        elif users:
            (user,) = users
            is_one = devices_of[user] <= CLUSTER_LIMIT
            person, rule = (f"u:{user}", "identified") if is_one else (person, "cluster_limit")
        person_of[device] = person
        told.identities["anonymous", device] = (person, rule)
    for user in {fact.user for fact in everything if fact.user}:
        told.identities["user", user] = (f"u:{user}", "known")

    doings: dict[str, list[Fact]] = {}
    for fact in everything:
        doings.setdefault(f"u:{fact.user}" if fact.user else person_of[fact.device or ""], []).append(fact)
    for (_, name), (person, _) in told.identities.items():
        if name.startswith("robot"):
            told.left_out[person] = "listed"
    for person, done in doings.items():
        marks = {mark for fact in done for mark in fact.marks}
        if "test" in marks:
            told.left_out[person] = "test"
        elif person not in told.left_out and ("bot" in marks or ("agent" in marks and person.startswith("a:"))):
            told.left_out[person] = "bot"
    for person in doings.keys() - told.left_out.keys():
        one_person(told, person, doings[person])
    return told


def is_paid_click(fact: Fact) -> bool:
    return fact.link is not None and fact.link.is_paid and fact.kind in (None, "click")


def place_of(fact: Fact) -> tuple[Any, ...]:
    if fact.link is None:
        return (fact.at, 2, "")
    return (fact.at, 0 if is_paid_click(fact) else 1, fact.id)


def one_person(told: Told, person: str, done: list[Fact]) -> None:
    events = sorted((fact for fact in done if fact.link is None), key=lambda fact: (fact.at, fact.id))
    told.events |= {fact.id: (person, nth) for nth, fact in enumerate(events, start=1)}

    sessions: list[list[Fact]] = []
    for fact in sorted((fact for fact in done if fact.kind != "view"), key=place_of):
        if not sessions or is_paid_click(fact) or fact.at - sessions[-1][-1].at > PAUSE:
            sessions.append([])
        sessions[-1].append(fact)
    first_arrivals: dict[str, datetime] = {}
    session_of: dict[str, str] = {}
    for nth, session in enumerate(sessions, start=1):
        arrivals = [fact.id for fact in session if fact.link is not None]
        events_in = len(session) - len(arrivals)
        first = arrivals[0] if arrivals else None
        told.sessions.add((f"{person}/{nth}", person, session[0].at, session[-1].at, events_in, first))
        session_of |= dict.fromkeys(arrivals, f"{person}/{nth}")
        if first:
            first_arrivals[first] = session[0].at

    creditable = []
    for fact in done:
        if fact.link is None:
            continue
        link = fact.link
        kind = fact.kind or ("click" if link.is_paid else "visit")
        counts = fact.id in first_arrivals or (link.is_paid and kind == "view")
        if counts:
            creditable.append((fact.at, kind == "view", fact.id, link))
        told.touches[fact.id] = (
            person, session_of.get(fact.id), kind, link.channel, link.is_paid, link.channel == "Direct",
            fact.id in first_arrivals, counts, link.platform, link.campaign, link.ad, link.rung,
        )  # fmt: skip

    joined = [fact.at for fact in events if fact.type == "joined"]
    first_seen = min(fact.at for fact in done)
    at, _, touch, link = min(creditable, key=lambda each: each[:3]) if creditable else (first_seen, None, None, None)
    told.people[person] = (
        person.startswith("u:"), touch, link.channel if link else None, link.campaign if link else None,
        at, first_seen, min(joined) if joined else None,
    )  # fmt: skip


# The models.


def models(mill) -> Told:
    return Told(
        identities={
            (kind, name): (person, rule)
            for kind, name, person, rule in mill.query(
                "select identity_kind, identity_id, person_id, rule from intermediate.int_people__stitched"
            )
        },
        left_out=dict(mill.query("select person_id, rule from intermediate.int_people__excluded")),
        events={
            event: tuple(rest)
            for event, *rest in mill.query(
                "select event_id, person_id, event_seq from intermediate.int_events__identified"
            )
        },
        sessions=set(
            mill.query(
                "select session_id, person_id, started_at, ended_at, events, first_touch_id"
                " from intermediate.int_sessions__built"
            )
        ),
        touches={
            touch: tuple(rest)
            for touch, *rest in mill.query(
                "select touch_id, person_id, session_id, touch_kind, channel, is_paid, is_direct, is_session_start,"
                " is_attributable, platform, campaign_id, ad_id, match_rung from marts.dim_touches"
            )
        },
        people={
            person: tuple(rest)
            for person, *rest in mill.query(
                "select person_id, is_user, acquisition_touch_id, acquisition_channel, acquisition_campaign_id,"
                " acquired_at, first_seen_at, signed_up_at from marts.dim_people"
            )
        },
    )


def land(mill, everything: list[Fact], *, source: str = "files") -> None:
    events = [event_row(fact) for fact in everything if fact.link is None]
    touches = [touch_row(fact) for fact in everything if fact.link is not None]
    mill.land("product", "events", source, events, at=BROUGHT_AT, complete=False)
    mill.land("product", "touches", source, touches, at=BROUGHT_AT, complete=False)


def land_ads(mill) -> None:
    days = (date(2026, 3, 1), date(2026, 3, 2))
    mill.land("imported_ads", "ad_daily", "files", ADS, at=ADS_BROUGHT_AT, window=days, complete=False)


def build(mill, *, as_of: datetime | None = None) -> None:
    mill.define(DEFINITIONS)
    variables = {"as_of": as_of.isoformat()} if as_of else None
    mill.build("--select", "+dim_people", "+int_sessions__built", "+fct_identity_exceptions", variables=variables)


@pytest.fixture(scope="module")
def everything() -> list[Fact]:
    return facts()


@pytest.fixture(scope="module")
def expected(everything) -> Told:
    return reference(everything)


@pytest.fixture(scope="module")
def built(tmp_path_factory, new_mills, everything):
    mills = new_mills(tmp_path_factory.mktemp("people"), *ENGINES)
    land(mills["duckdb"], everything)
    land_ads(mills["duckdb"])
    for mill in mills.values():
        build(mill)
    return mills


@pytest.fixture(scope="module", params=ENGINES)
def found(built, request) -> Told:
    return models(built[request.param])


def test_the_worlds_hold_what_they_are_meant_to_try(expected):
    rules = {rule for _, rule in expected.identities.values()}
    assert rules == {"known", "identified", "never_identified", "shared_device", "cluster_limit"}
    assert set(expected.left_out.values()) == {"test", "bot", "listed"}
    assert {touch[-1] for touch in expected.touches.values()} == {"click_id", "utm_id", "name_alias", "channel_only"}
    assert len(expected.people) > WORLDS
    assert len(expected.sessions) > 2 * WORLDS


def test_every_id_belongs_to_the_person_that_the_rules_say(found, expected):
    assert found.identities == expected.identities
    assert found.left_out == expected.left_out


def test_every_event_has_its_person_and_its_place(found, expected):
    assert found.events == expected.events


def test_sessions_part_where_the_rules_say(found, expected):
    assert found.sessions == expected.sessions


def test_every_touch_has_its_session_channel_and_campaign(found, expected):
    assert found.touches == expected.touches


def test_people_are_acquired_by_their_first_touch(found, expected):
    assert found.people == expected.people


def test_every_mart_holds_the_same_rows_on_both_engines(built):
    for name in ("dim_people", "dim_touches", "fct_identity_exceptions"):
        rows = built["duckdb"].mart(name)
        assert rows
        assert built["postgres"].mart(name) == rows


def test_the_order_in_which_rows_arrive_changes_nothing(built, tmp_path_factory, new_mills, everything):
    mill = new_mills(tmp_path_factory.mktemp("otherwise"), "duckdb")["duckdb"]
    backwards = everything[::-1]
    land(mill, backwards[::2], source="web")
    land(mill, backwards[1::2], source="files")
    land_ads(mill)
    build(mill)

    for name in ("dim_people", "dim_touches", "fct_identity_exceptions"):
        assert mill.mart(name) == built["duckdb"].mart(name)


def test_a_past_instant_is_built_as_it_was_known_then(tmp_path_factory, new_mills, everything):
    mill = new_mills(tmp_path_factory.mktemp("past"), "duckdb")["duckdb"]
    land(mill, everything)
    land_ads(mill)
    build(mill, as_of=SOME_PAST_INSTANT)

    by_then = [fact for fact in everything if fact.at <= SOME_PAST_INSTANT]
    assert 0.3 < len(by_then) / len(everything) < 0.7
    assert models(mill) == reference(by_then)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_test_of_the_project_holds_on_these_worlds(built, engine):
    names = (
        "int_people__stitched", "int_people__excluded", "int_events__identified", "int_sessions__built", "dim_people",
        "dim_touches", "fct_identity_exceptions",
    )  # fmt: skip
    result = built[engine].dbt.run(
        "test", "--exclude-resource-type", "unit_test", "--indirect-selection", "buildable", "--select", *names
    )

    told = {each.node.name: each.message for each in result.result if each.status not in ("pass", "success")}
    assert told == {}
    assert len(result.result) > 10
