"""Retention against a reference that counts on its fingers: a thousand small worlds of a few people each, told apart by
their country, and every kind of cohort, cell, period, zone and clock, in one build.

Instants lie where calendars are awkward: on local midnights, on both sides of them, on days of 23 and 25 hours, and
whole multiples of 24 hours after each other.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

WORLDS = 1000
ENGINES = ("duckdb", "postgres")
AS_OF = datetime(2026, 4, 20, 22, tzinfo=UTC)  # midnight in Berlin
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")
# New York springs forward, Berlin does, Auckland falls back, a month ends, and days on which nothing happens.
DAYS = (date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 2, 28), date(2026, 3, 16), date(2026, 4, 17))
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MARTS = ("fct_retention", "fct_retention_members", "fct_retention_pooled")

pytestmark = pytest.mark.slow

RETENTIONS = """
retentions:
  - {name: days, start: s, return: r, period: day, periods: 8, timezone: Europe/Berlin}
  - {name: days since, start: s, return: r, period: day, periods: 8, kind: rolling, timezone: Europe/Berlin}
  - {name: "a start's own days", start: s, return: s, cohort: recurring, period: day, periods: 4,
     timezone: America/New_York}
  - {name: weeks since, start: s, return: r, cohort: recurring, kind: rolling, periods: 4, minimum: 2,
     week_start: sunday}
  - {name: weeks, start: "*", return: "*", periods: 5, minimum: 2, timezone: Pacific/Auckland, week_start: saturday}
  - {name: months, start: s, return: "*", cohort: recurring, period: month, periods: 2, timezone: Asia/Kathmandu}
  - {name: months since, start: s, return: r, kind: rolling, period: month, periods: 3, timezone: America/New_York}
  - name: brackets
    start: s
    return: r
    cohort: first_in_range
    period: day
    kind: bracketed
    brackets: [[1, 2], [3, 7], [1, 10], [30, 31]]
    range: {from: 2026-03-08, to: 2026-04-05}
    timezone: Europe/Berlin
  - name: brackets from the beginning
    start: s
    return: {event: r, where: {plan: pro}}
    cohort: recurring
    kind: bracketed
    brackets: [[0, 1], [2, 3, 4]]
    minimum: 2
    timezone: Asia/Kathmandu
  - {name: hours, start: s, return: r, period: day, periods: 8, clock: elapsed}
  - {name: hours since, start: s, return: "*", cohort: recurring, kind: rolling, periods: 5, clock: elapsed,
     timezone: Pacific/Auckland}
  - name: ever, then in range
    start: {event: s, where: {plan: pro}}
    return: r
    periods: 6
    range: {from: 2026-03-10, to: 2026-04-06}
    timezone: America/New_York
"""


@dataclass(frozen=True)
class Event:
    type: str
    at: datetime
    plan: str

    def is_one(self, wanted: Any) -> bool:
        wanted = {"event": wanted} if isinstance(wanted, str) else wanted
        return wanted["event"] in ("*", self.type) and wanted.get("where", {"plan": self.plan}) == {"plan": self.plan}


def awkward_instant(luck: random.Random) -> datetime:
    midnight = datetime.combine(
        luck.choice(DAYS) + timedelta(days=luck.choice([0, 0, 1, 2, 7])), time(), tzinfo=ZoneInfo(luck.choice(ZONES))
    )
    off = luck.choice(
        [timedelta(), timedelta(microseconds=-1), timedelta(seconds=1), timedelta(hours=luck.randrange(24))]
    )
    return midnight.astimezone(UTC) + off


def people(world: int, luck: random.Random) -> Iterator[tuple[str, list[Event]]]:
    for number in range(luck.randint(1, 4)):
        instants = [awkward_instant(luck) for _ in range(luck.randint(1, 4))]
        for _ in range(luck.randint(0, 5)):
            after = timedelta(days=luck.choice([0, 1, 2, 3, 7, 14, 28]), microseconds=luck.choice([-1, 0, 0, 1]))
            instants.append(luck.choice(instants) + after)
        yield (
            f"w{world:04}-{number}",
            [Event(luck.choice("srrso"), at, luck.choice(["pro", "free"])) for at in instants],
        )


@pytest.fixture(scope="module")
def worlds() -> dict[str, list[Event]]:
    luck = random.Random(20261121)
    return {person: events for world in range(WORLDS) for person, events in people(world, luck)}


@pytest.fixture(scope="module")
def built(tmp_path_factory, new_mills, worlds):
    mills = new_mills(tmp_path_factory.mktemp("retention"), *ENGINES)
    rows = [
        {
            "event_id": f"{person}-{number}",
            "user_id": person,
            "event_type": event.type,
            "occurred_at": event.at.isoformat(),
            "properties": {"plan": event.plan, "country": person[:5]},
        }
        for person, events in worlds.items()
        for number, event in enumerate(events)
    ]
    mills["duckdb"].land("product", "events", "files", rows, at=AS_OF, currency=None, timezone=None, complete=False)
    definitions = yaml.safe_load(RETENTIONS)["retentions"]
    sliced = [{**each, "breakdowns": ["country"]} for each in definitions]
    mills["duckdb"].define(yaml.safe_dump({"retentions": sliced}))
    for mill in mills.values():
        mill.build("--select", *(f"+{name}" for name in MARTS), variables={"as_of": AS_OF.isoformat()})
    return mills


def local_day(at: datetime, definition: dict[str, Any]) -> date:
    return at.astimezone(ZoneInfo(definition.get("timezone", "UTC"))).date()


def period_of(day: date, definition: dict[str, Any]) -> date:
    period = definition.get("period", "week")
    if period == "month":
        return day.replace(day=1)
    while period == "week" and WEEKDAYS[day.weekday()] != definition.get("week_start", "monday"):
        day -= timedelta(days=1)
    return day


def next_period(first_day: date, definition: dict[str, Any]) -> date:
    day = first_day + timedelta(days=1)
    while period_of(day, definition) == first_day:
        day += timedelta(days=1)
    return day


def length(definition: dict[str, Any]) -> timedelta:
    return timedelta(hours=24 * (7 if definition.get("period", "week") == "week" else 1))


def starts_of(events: list[Event], definition: dict[str, Any]) -> dict[date, datetime]:
    """Cohort → when the person started in it."""
    span = definition.get("range", {"from": date.min, "to": date.max})
    kind = definition.get("cohort", "first_ever")
    instants = sorted(event.at for event in events if event.is_one(definition["start"]))
    if kind == "first_ever":
        instants = instants[:1]
    instants = [at for at in instants if span["from"] <= local_day(at, definition) < span["to"]]
    if kind == "first_in_range":
        instants = instants[:1]
    found: dict[date, datetime] = {}
    for at in instants:
        found.setdefault(period_of(local_day(at, definition), definition), at)
    return found


def periods_later(event: Event, cohort: date, started_at: datetime, definition: dict[str, Any]) -> int:
    if definition.get("clock") == "elapsed":
        return (event.at - started_at) // length(definition)
    returned = period_of(local_day(event.at, definition), definition)
    if returned < cohort:
        return -1
    count = 0
    while cohort < returned:
        cohort, count = next_period(cohort, definition), count + 1
    return count


def cells_of(definition: dict[str, Any]) -> list[tuple[int, int, int | None]]:
    kind = definition.get("kind", "classic")
    if kind == "bracketed":
        brackets = [(each[0], each[-1]) for each in definition["brackets"]]
        return [(k, *each) for k, each in enumerate(brackets if brackets[0][0] == 0 else [(0, 0), *brackets])]
    return [(k, k, None if kind == "rolling" and k else k) for k in range(definition["periods"] + 1)]


def is_ripe(cohort: date, last_start: datetime, first: int, last: int | None, definition: dict[str, Any]) -> bool:
    periods = (first if last is None else last) + 1
    if definition.get("clock") == "elapsed":
        return not is_running(cohort, definition) and last_start + periods * length(definition) <= AS_OF
    over = cohort
    for _ in range(periods):
        over = next_period(over, definition)
    return local_day(AS_OF, definition) >= over


def is_running(cohort: date, definition: dict[str, Any]) -> bool:
    return local_day(AS_OF, definition) < next_period(cohort, definition)


@dataclass(frozen=True)
class Reference:
    members: dict[tuple[Any, ...], int | None]  # definition, cohort, person, k → returns
    cells: dict[tuple[Any, ...], tuple[Any, ...]]  # definition, cohort, k, breakdown, value → what the mart says


@pytest.fixture(scope="module")
def reference(worlds) -> Reference:
    known = {person: [each for each in events if each.at <= AS_OF] for person, events in worlds.items()}
    members: dict[tuple[Any, ...], int | None] = {}
    cells: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for definition in yaml.safe_load(RETENTIONS)["retentions"]:
        name, last_starts = definition["name"], {}
        sizes: Counter[tuple[date, str]] = Counter()
        counted: Counter[tuple[date, str, int]] = Counter()
        for person, events in known.items():
            returns = [event for event in events if event.is_one(definition["return"])]
            for cohort, started_at in starts_of(events, definition).items():
                last_starts[cohort] = max(started_at, last_starts.get(cohort, started_at))
                for world in ("", person[:5]):
                    sizes[cohort, world] += 1
                nths = [periods_later(event, cohort, started_at, definition) for event in returns]
                for k, first, last in cells_of(definition):
                    times = sum(1 for nth in nths if first <= nth and (last is None or nth <= last))
                    if k == 0:
                        members[name, cohort, f"u:{person}", 0] = None
                    elif times >= definition.get("minimum", 1):
                        members[name, cohort, f"u:{person}", k] = times
                        for world in ("", person[:5]):
                            counted[cohort, world, k] += 1
        span = definition.get("range", {"from": date.min, "to": date.max})
        for (cohort, world), size in sizes.items():
            for k, first, last in cells_of(definition):
                ripe = is_ripe(cohort, last_starts[cohort], first, last, definition)
                value = size if k == 0 else counted[cohort, world, k] if ripe else None
                partial = cohort < span["from"] or next_period(cohort, definition) > span["to"]
                cells[name, cohort, k, "country" if world else "", world] = (
                    *(first, last, size, value, ripe, is_running(cohort, definition)),
                    *(definition.get("kind") == "rolling" and k > 0, partial),
                )
    return Reference(members, cells)


def test_the_worlds_are_as_awkward_as_they_should_be(reference):
    """Otherwise agreement would say little: every definition has cells of every sort."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for (name, *_), (_, _, size, value, ripe, running, grows, partial) in reference.cells.items():
        marks = {"zero": value == 0, "some": bool(value) and value < size, "unripe": not ripe, "running": running}
        seen[name] |= {mark for mark, there in (marks | {"grows": grows, "partial": partial}).items() if there}

    assert len(reference.members) > 10_000
    assert all({"zero", "some", "unripe"} <= marks for marks in seen.values()), seen
    assert {mark for marks in seen.values() for mark in marks} == {
        "zero",
        "some",
        "unripe",
        "running",
        "grows",
        "partial",
    }


def test_every_member_of_every_cell_is_the_one_the_reference_finds(built, reference):
    rows = built["duckdb"].query(
        "select definition, cohort_period, person_id, k, occurrences from marts.fct_retention_members"
    )

    assert len(rows) == len(reference.members)
    assert {row[:4]: row[4] for row in rows} == reference.members


def test_every_cell_of_every_world_is_what_the_reference_counts(built, reference):
    rows = built["duckdb"].query("""
        select definition, cohort_period, k, breakdown, breakdown_value,
            period_from, period_to, cohort_size, value, is_ripe, is_running, can_grow, is_partial
        from marts.fct_retention
    """)

    assert len(rows) == len(reference.cells)
    assert {row[:5]: row[5:] for row in rows} == reference.cells


def test_pooled_shares_are_those_of_ripe_cohorts_alone(built, reference):
    pooled: defaultdict[tuple[Any, ...], list[tuple[int, int]]] = defaultdict(list)
    for (name, _, k, *world), (_, _, size, value, ripe, *_) in reference.cells.items():
        pooled[name, k, *world].extend([(value, size)] if ripe else [])
    rows = built["duckdb"].query("""
        select definition, k, breakdown, breakdown_value, ripe_cohorts, value, cohort_size, pooled_share, mean_share
        from marts.fct_retention_pooled
    """)

    assert {row[:4] for row in rows} == set(pooled)
    for *key, cohorts, value, size, pooled_share, mean_share in rows:
        ripe = pooled[tuple(key)]
        assert cohorts == len(ripe)
        if not ripe:
            assert (value, size, pooled_share, mean_share) == (None, None, None, None)
            continue
        assert (value, size) == tuple(map(sum, zip(*ripe, strict=True)))
        assert pooled_share == value / size
        assert mean_share == pytest.approx(float(sum(Fraction(*each) for each in ripe) / len(ripe)), abs=2e-12)


def test_rolling_is_never_below_classic_and_cell_0_is_the_cohort(built):
    compared = built["duckdb"].query("""
        select classic.k, classic.cohort_size, classic.value, rolling.value
        from marts.fct_retention as classic
        inner join marts.fct_retention as rolling using (cohort_period, k, breakdown, breakdown_value)
        where classic.definition = 'days' and rolling.definition = 'days since' and classic.value is not null
    """)

    assert len(compared) > 1000
    assert [row for row in compared if row[3] < row[2]] == []
    assert any(row[3] > row[2] for row in compared)
    assert {row[1] == row[2] == row[3] for row in compared if row[0] == 0} == {True}


@pytest.mark.parametrize("name", MARTS)
def test_both_engines_hold_the_same_rows(built, name):
    assert built["duckdb"].mart(name) == built["postgres"].mart(name)
