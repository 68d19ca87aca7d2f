"""Funnels against a reference that tries everything: over a thousand people with a few events each, many of them at one
instant, and every mode, in one build. The reference knows nothing of levels, links or sets of steps that compete."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count, permutations, product
from statistics import fmean, median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

PEOPLE = 1200
SELECT = ("--select", "+path:models/marts/funnels")
MARTS = ("fct_funnel_attempts", "fct_funnel_steps", "fct_funnel_daily", "fct_funnel_times")
AS_OF = datetime(2026, 10, 26, 12, tzinfo=UTC)
SECONDS = {"m": 60, "h": 3600, "d": 86_400}
# Nights in which clocks in Berlin move, and one in which they do not; after the last one windows are open at AS_OF.
EVENINGS = [datetime(2026, month, day, 20, tzinfo=UTC) for month, day in ((3, 28), (7, 1), (10, 24))]

FUNNELS = """
funnels:
  - {name: plain, window: 3h, steps: [{event: a}, {event: b}, {event: c}], breakdowns: [platform]}
  - {name: repeated, window: 4h, steps: [{event: a}, {event: a}, {event: b}, {event: a}]}
  - {name: anything, window: 2h, steps: [{event: a}, {event: "*"}, {event: b}]}
  - {name: anything twice, window: 1d, steps: [{event: "*"}, {event: b}, {event: "*"}]}
  - name: subsets
    window: 5h
    steps: [{event: a, where: {k: x}}, {event: a}, {event: a, where: {n: 1}}, {event: b, where: {k: x}}]
  - name: optional
    window: 3h
    steps:
      - {event: a}
      - {event: o, optional: true}
      - {event: p, optional: true}
      - {event: b}
      - {event: q, optional: true}
      - {event: c}
  - name: excluding
    window: 3h
    steps: [{event: a}, {event: b}, {event: c}]
    exclusions: [{event: o, from: 1, to: 2}, {event: p, where: {k: x}, from: 2, to: 3}]
  - name: excluding itself
    window: 6h
    steps: [{event: a}, {event: o, optional: true}, {event: b}]
    exclusions: [{event: a, from: 1, to: 3}]
  - name: ranged
    window: 4h
    timezone: Europe/Berlin
    steps: [{event: a}, {event: b}]
    range: {from: 2026-03-29, to: 2026-10-25}
    breakdowns: [platform]
  - {name: strict, mode: strict, window: 3h, steps: [{event: a}, {event: b}, {event: c}]}
  - {name: strictly repeated, mode: strict, window: 5h, steps: [{event: a}, {event: a}, {event: "*"}, {event: b}]}
  - {name: unordered, mode: unordered, window: 90m, steps: [{event: a}, {event: b}, {event: c}]}
  - name: unordered rivals
    mode: unordered
    window: 2h
    timezone: America/New_York
    steps: [{event: a}, {event: a}, {event: "*"}, {event: b, where: {k: x}}]
"""


@dataclass(frozen=True)
class Event:
    at: datetime
    type: str
    properties: tuple[tuple[str, Any], ...]
    number: int

    def fits(self, wanted: dict[str, Any]) -> bool:
        had = dict(self.properties)
        return wanted["event"] in ("*", self.type) and all(
            had.get(name) == value for name, value in wanted.get("where", {}).items()
        )


def people(seed: int) -> dict[str, list[Event]]:
    """Everybody's events lie on few instants, minutes and hours apart."""
    luck = random.Random(seed)
    found = {}
    for number in range(PEOPLE):
        evening = luck.choice(EVENINGS)
        instants = [evening + timedelta(minutes=30 * luck.randrange(24)) for _ in range(luck.choice([2, 3, 5]))]
        found[f"p{number}"] = [
            Event(
                at=luck.choice(instants) + timedelta(microseconds=luck.choice([0, 0, 0, 1])),
                type=luck.choice("aaabbcopq"),
                properties=(("k", luck.choice("xy")), ("n", luck.choice([1, 2]))),
                number=each,
            )
            for each in range(luck.randrange(2, 9))
        ]
    return found


@dataclass(frozen=True)
class Attempt:
    entered_at: datetime
    level: int
    times: tuple[datetime | None, ...]  # by place, after the first
    is_complete: bool
    is_spoiled: bool
    is_open: bool


def attempts_of(funnel: dict[str, Any], events: Sequence[Event]) -> Iterator[Attempt]:
    steps, mode = funnel["steps"], funnel.get("mode", "ordered")
    span = timedelta(seconds=int(funnel["window"][:-1]) * SECONDS[funnel["window"][-1]])
    zone = ZoneInfo(funnel.get("timezone", "UTC"))
    openers = steps if mode == "unordered" else steps[:1]
    for entry in sorted({event.at for event in events if any(event.fits(step) for step in openers)}):
        within = funnel.get("range", {})
        if not within.get("from", date.min) <= entry.astimezone(zone).date() < within.get("to", date.max):
            continue
        ahead = [event for event in events if entry <= event.at <= entry + span]
        required = [place for place, step in enumerate(steps) if not step.get("optional")]
        times: list[datetime | None] = [None] * len(steps)
        if mode == "unordered":
            reached = most_filled(steps, ahead)
        else:
            wanted = [steps[place] for place in required]
            starts = chains(wanted, ahead, entry) if mode == "ordered" else strict_chains(wanted, ahead, entry)
            filled = min(starts, key=lambda chain: (-len(chain), chain))
            reached = len(filled)
            for place, at in zip(required, filled, strict=False):
                times[place] = at
            fill_optional(steps, ahead, times, end=entry + span)
        complete = reached == len(required)
        level = reached if mode == "unordered" else required[reached - 1] + 1
        spoiled = any(spoils(each, ahead, times, end=entry + span) for each in funnel.get("exclusions", []))
        is_open = not complete and entry + span > AS_OF
        yield Attempt(entry, level, tuple(times[1:]), complete, spoiled, is_open)


def chains(wanted: Sequence[dict[str, Any]], ahead: Sequence[Event], entry: datetime) -> Iterator[list[datetime]]:
    """Every way to fill steps one after the other with events of one's own, none earlier than the one before."""

    def go_on(used: tuple[Event, ...]) -> Iterator[list[datetime]]:
        yield [event.at for event in used]
        if len(used) < len(wanted):
            for event in ahead:
                if event not in used and event.at >= used[-1].at and event.fits(wanted[len(used)]):
                    yield from go_on((*used, event))

    for first in ahead:
        if first.at == entry and first.fits(wanted[0]):
            yield from go_on((first,))


def strict_chains(
    wanted: Sequence[dict[str, Any]], ahead: Sequence[Event], entry: datetime
) -> Iterator[list[datetime]]:
    """For every order that events of one instant can have: how long steps and events go hand in hand."""
    instants = defaultdict(list)
    for event in sorted(ahead, key=lambda event: event.at):
        instants[event.at].append(event)
    for orders in product(*(permutations(some) for some in instants.values())):
        row = [event for some in orders for event in some]
        for place in range(len(row)):
            chain = []
            for step, event in zip(wanted, row[place:], strict=False):
                if not event.fits(step):
                    break
                chain.append(event.at)
            if chain and chain[0] == entry:
                yield chain


def most_filled(steps: Sequence[dict[str, Any]], ahead: Sequence[Event]) -> int:
    if not steps:
        return 0
    found = [most_filled(steps[1:], ahead)]
    for event in ahead:
        if event.fits(steps[0]):
            found.append(1 + most_filled(steps[1:], [other for other in ahead if other is not event]))
    return max(found)


def fill_optional(
    steps: Sequence[dict[str, Any]], ahead: Sequence[Event], times: list[datetime | None], *, end: datetime
) -> None:
    for place, step in enumerate(steps):
        if not step.get("optional"):
            continue
        before = [other for other in range(place) if not steps[other].get("optional")][-1]
        after = next(other for other in range(place, len(steps)) if not steps[other].get("optional"))
        if times[before] is None:
            continue
        since = max(at for at in times[before:place] if at is not None)
        until = times[after] or end
        found = [event.at for event in ahead if event.fits(step) and since <= event.at <= until]
        times[place] = min(found, default=None)


def spoils(
    exclusion: dict[str, Any], ahead: Sequence[Event], times: Sequence[datetime | None], *, end: datetime
) -> bool:
    since, until = times[exclusion["from"] - 1], times[exclusion["to"] - 1]
    if since is None:
        return False
    return any(
        event.fits(exclusion) and since < event.at and (event.at < until if until else event.at <= end)
        for event in ahead
    )


def counted(attempts: Sequence[Attempt]) -> Attempt | None:
    kept = [each for each in attempts if not each.is_spoiled]
    return min(kept, key=lambda each: (-each.level, each.entered_at)) if kept else None


def clicks(people: Mapping[str, Sequence[Event]], seed: int) -> dict[str, list[tuple[datetime, str]]]:
    """Some people clicked on ads, once or twice, also at the very instant of an event."""
    luck = random.Random(seed)
    found = {}
    for person, events in people.items():
        instants = luck.sample(sorted({event.at for event in events}), k=1) if luck.random() < 0.7 else []
        instants += [instants[0] - timedelta(minutes=7)] if instants and luck.random() < 0.3 else []
        found[person] = [(at, luck.choice(["meta_ads", "x_ads"])) for at in sorted(instants)]
    return found


@dataclass(frozen=True)
class World:
    people: Mapping[str, Sequence[Event]]
    clicks: Mapping[str, Sequence[tuple[datetime, str]]]
    attempts: Mapping[tuple[str, str], Sequence[Attempt]]  # by funnel and person

    def platform(self, person: str, entry: datetime) -> str | None:
        return next((platform for at, platform in reversed(self.clicks[person]) if at <= entry), None)

    def slices(self, funnel: Mapping[str, Any]) -> dict[tuple[str, str | None], list[Attempt]]:
        found: dict[tuple[str, str | None], list[Attempt]] = {("all", "all"): []}
        for person in self.people:
            best = counted(self.attempts[funnel["name"], person])
            if best is not None:
                found["all", "all"].append(best)
                if "breakdowns" in funnel:
                    found.setdefault(("platform", self.platform(person, best.entered_at)), []).append(best)
        return found


FUNNEL_LIST: list[dict[str, Any]] = yaml.safe_load(FUNNELS)["funnels"]


def reached(attempt: Attempt, place: int, funnel: Mapping[str, Any]) -> bool:
    if funnel["steps"][place - 1].get("optional"):
        return attempt.times[place - 2] is not None
    return attempt.level >= place


def waits(attempts: Sequence[Attempt], place: int) -> Iterator[tuple[float, float]]:
    """Seconds from the step that was filled before, and from the entry."""
    for attempt in attempts:
        at = attempt.times[place - 2] if place > 1 else None
        if at is not None:
            before = max([attempt.entered_at, *(each for each in attempt.times[: place - 2] if each is not None)])
            yield (at - before).total_seconds(), (at - attempt.entered_at).total_seconds()


def histogram(times: Sequence[float]) -> list[tuple[float, float, int]]:
    bins = next(number for number in count(1) if number**3 >= len(times))
    shortest = min(times)
    width = max(1, -(-round((max(times) - shortest) * 10**6) // (bins * 10**6)))
    places = Counter(min(bins - 1, int((time - shortest) // width)) for time in times)
    return [(shortest + width * each, shortest + width * (each + 1), places[each]) for each in range(bins)]


@pytest.fixture(scope="module")
def mills(tmp_path_factory, new_mills):
    folder = tmp_path_factory.mktemp("funnels")
    mills = new_mills(folder, "duckdb", "postgres")
    everybody = people(seed=20)
    clicked = clicks(everybody, seed=21)
    events = [
        {
            "event_id": f"{person}-{event.number}",
            "user_id": person,
            "event_type": event.type,
            "occurred_at": event.at.isoformat(),
            "properties": dict(event.properties),
        }
        for person, some in everybody.items()
        for event in some
    ]
    touches = [
        {
            "touch_id": f"{person}-{number}",
            "user_id": person,
            "occurred_at": at.isoformat(),
            "touch_kind": "click",
            "platform": platform,
        }
        for person, some in clicked.items()
        for number, (at, platform) in enumerate(some)
    ]
    mills["duckdb"].land("product", "events", "files", events, at=AS_OF)
    mills["duckdb"].land("product", "touches", "files", touches, at=AS_OF)
    mills["duckdb"].define(FUNNELS)
    for mill in mills.values():
        mill.build(*SELECT, variables={"as_of": AS_OF.isoformat()})
    attempts = {
        (funnel["name"], person): list(attempts_of(funnel, some))
        for funnel in FUNNEL_LIST
        for person, some in everybody.items()
    }
    return mills, World(everybody, clicked, attempts)


@pytest.mark.parametrize("funnel", FUNNEL_LIST, ids=lambda funnel: funnel["name"])
def test_every_attempt_is_the_one_that_trying_everything_finds(mills, funnel):
    built, world = mills
    query = f"""
        select person_id, entered_at, level, is_complete, is_open, is_spoiled, is_counted, seconds_to_steps
        from marts.fct_funnel_attempts where funnel = '{funnel["name"]}'
    """
    found = {(row[0], row[1].astimezone(UTC)): row[2:] for row in built["duckdb"].query(query)}

    expected = {}
    for person in world.people:
        some = world.attempts[funnel["name"], person]
        for each in some:
            seconds = [f"{(at - each.entered_at).total_seconds():.6f}" if at else "null" for at in each.times]
            told = None if funnel.get("mode") == "unordered" else f"[{', '.join(seconds)}]"
            flags = (each.level, each.is_complete, each.is_open, each.is_spoiled, each is counted(some))
            expected[f"u:{person}", each.entered_at] = (*flags, told)
    assert len(expected) > 200
    assert found == expected


@pytest.mark.parametrize("funnel", FUNNEL_LIST, ids=lambda funnel: funnel["name"])
def test_every_step_of_every_slice_has_those_people_and_those_times(mills, funnel):
    built, world = mills
    query = f"""
        select breakdown, breakdown_value, place, people, open_people, mean_seconds_from_previous,
            median_seconds_from_previous, mean_seconds_from_entry, median_seconds_from_entry
        from marts.fct_funnel_steps where funnel = '{funnel["name"]}'
    """
    found = {row[:3]: row[3:] for row in built["duckdb"].query(query)}

    expected = {}
    for (breakdown, value), attempts in world.slices(funnel).items():
        for place in range(1, len(funnel["steps"]) + 1):
            came = [each for each in attempts if reached(each, place, funnel)]
            still_open = sum(each.is_open and each.level == place for each in came)
            times = [mean_and_median(column) for column in zip(*waits(came, place), strict=True)] or [(None, None)] * 2
            expected[breakdown, value, place] = (len(came), still_open, *times[0], *times[1])
    assert found == expected


def mean_and_median(times: Sequence[float]) -> tuple[Any, Any]:
    return pytest.approx(fmean(times), rel=1e-12, abs=1e-9), pytest.approx(median(times), rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("funnel", FUNNEL_LIST, ids=lambda funnel: funnel["name"])
def test_every_day_of_entry_counts_everybody_once(mills, funnel):
    built, world = mills
    query = f"select date_day, place, people, open_people from marts.fct_funnel_daily where funnel = '{funnel['name']}'"
    found = {row[:2]: row[2:] for row in built["duckdb"].query(query)}

    days: dict[date, list[Attempt]] = defaultdict(list)
    for person in world.people:
        own: dict[date, list[Attempt]] = defaultdict(list)
        for each in world.attempts[funnel["name"], person]:
            own[each.entered_at.astimezone(ZoneInfo(funnel.get("timezone", "UTC"))).date()].append(each)
        for day, some in own.items():
            days[day] += [each for each in [counted(some)] if each is not None]
    expected = {}
    for day, attempts in days.items():
        for place in range(1, len(funnel["steps"]) + 1) if attempts else ():
            came = [each for each in attempts if reached(each, place, funnel)]
            expected[day, place] = (len(came), sum(each.is_open and each.level == place for each in came))
    assert found == expected


def test_histograms_have_as_many_bins_as_the_cube_root_of_the_people(mills):
    built, world = mills
    query = """
        select funnel, breakdown, breakdown_value, place, measure, seconds_from, seconds_to, people
        from marts.fct_funnel_times order by bin
    """
    found = defaultdict(list)
    for row in built["duckdb"].query(query):
        found[row[:5]].append(row[5:])

    expected = {}
    for funnel in FUNNEL_LIST:
        for (breakdown, value), attempts in world.slices(funnel).items():
            for place in range(2, len(funnel["steps"]) + 1):
                for measure, times in zip(
                    ("from_previous", "from_entry"), zip(*waits(attempts, place), strict=True), strict=False
                ):
                    expected[funnel["name"], breakdown, value, place, measure] = histogram(times)
    assert dict(found) == expected


@pytest.mark.parametrize("mart", MARTS)
def test_postgres_has_the_same_rows(mills, mart):
    built, _ = mills

    assert len(built["duckdb"].mart(mart)) > 100
    assert built["postgres"].mart(mart) == built["duckdb"].mart(mart)
