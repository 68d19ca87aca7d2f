"""Rules that hold for any pulls at all: counts add up, the past can be asked for, the order of arrival leaves no trace.

What is expected comes from a brute-force replay: at an instant, a day holds what the newest pull covering it said.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

_HOURS = 4
_DAYS = 4
_BAD = '{"date":"2026-10-01"'

rows = st.tuples(st.integers(0, _DAYS - 1), st.sampled_from("xyz"), st.sampled_from(["1.00", "2.00", "oops"]))
windows = st.tuples(st.integers(0, _DAYS - 1), st.integers(1, _DAYS)).map(lambda w: (w[0], min(w[0] + w[1], _DAYS)))
pulls = st.tuples(windows, st.lists(st.one_of(rows, st.just(None)), max_size=7))
histories = st.lists(pulls, min_size=1, max_size=_HOURS)


def lines(pull: Any, make_ad_day: Callable[..., Any]) -> list[Any]:
    return [_BAD if row is None else make_ad_day(row[0], row[1], row[2]) for row in pull[1]]


def is_good(row: Any, window: tuple[int, int]) -> bool:
    return row is not None and row[2] != "oops" and window[0] <= row[0] < window[1]


def replayed(history: list[Any], hour: int) -> set[tuple[str, str]]:
    """What was known after the pull of an hour, by looking at every day on its own."""
    known: set[tuple[str, str]] = set()
    for day in range(_DAYS):
        covering = [pull for pull in history[: hour + 1] if pull[0][0] <= day < pull[0][1]]
        if covering:
            window, said = covering[-1]
            last = {row[1]: row[2] for row in said if is_good(row, window) and row[0] == day}
            known |= {(f"2026-10-0{day + 1}/{ad}", spend) for ad, spend in last.items()}
    return known


@given(history=histories)
@settings(max_examples=15, deadline=None)
def test_counts_add_up_and_any_past_instant_equals_the_replay(
    practice_at: Any, make_ad_day: Callable[..., Any], history: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = practice_at(Path(folder) / "home")
        for hour, pull in enumerate(history):
            home.pull(lines(pull, make_ad_day), hour=hour, days=pull[0])
            home.load()
        for record, (window, said) in zip(home.log(), history, strict=True):
            counts = record.counts
            assert counts.landed == len(said) == counts.raw + counts.duplicates + counts.quarantined
            assert counts.quarantined == sum(not is_good(row, window) for row in said)
        written = home.query("select count(*) from {lake}")[0][0] if home.content("raw") else 0
        assert written == sum(record.counts.raw for record in home.log())
        for hour in range(len(history)):
            known = home.known_on(hour) if home.content("raw") else set()
            assert known == replayed(history, hour)


@given(history=st.lists(pulls, min_size=2, max_size=_HOURS), data=st.data())
@settings(max_examples=12, deadline=None)
def test_any_order_of_arrival_gives_the_same_lake(
    practice_at: Any, make_ad_day: Callable[..., Any], history: list[Any], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(history))))
    loads_after = data.draw(st.sets(st.sampled_from(range(len(history)))))
    with tempfile.TemporaryDirectory() as folder:
        one, other = practice_at(Path(folder) / "one"), practice_at(Path(folder) / "other")
        for hour, pull in enumerate(history):
            one.pull(lines(pull, make_ad_day), hour=hour, days=pull[0])
        one.load()
        for place, hour in enumerate(order):
            other.pull(lines(history[hour], make_ad_day), hour=hour, days=history[hour][0])
            if place in loads_after:
                other.load()
        other.load()
        assert other.content() == one.content()
        assert by_pull(other.log()) == by_pull(one.log())


def by_pull(log: list[Any]) -> dict[str, tuple[int, ...]]:
    """Each pull's counts with its corrections."""
    summed: dict[str, Counter[str]] = {}
    for record in log:
        counts = record.counts
        found = summed.setdefault(record.pull_id, Counter())
        found.update(landed=counts.landed, raw=counts.raw, duplicates=counts.duplicates, bad=counts.quarantined)
    return {
        pull: tuple(counts[name] for name in ("landed", "raw", "duplicates", "bad")) for pull, counts in summed.items()
    }


def test_pulls_that_arrive_late_are_put_in_their_place(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    """A said 1, then 2, then 1 again; the middle answer arrives last and must not become the newest."""
    practice.pull([make_ad_day(0, "A", "1")], hour=0)
    practice.pull([make_ad_day(0, "A", "1")], hour=2)
    practice.load()
    practice.pull([make_ad_day(0, "A", "2")], hour=1)
    practice.load()
    assert practice.query("select spend::int, hour(_valid_from), hour(_valid_to) from {lake} order by _valid_from") == [
        (1, 6, 7),
        (2, 7, 8),
        (1, 8, None),
    ]
    assert [(r.status, r.pull_id, r.counts.raw, r.counts.duplicates) for r in practice.log()] == [
        ("loaded", "p0000", 1, 0),
        ("loaded", "p0020", 0, 1),
        ("loaded", "p0010", 1, 0),
        ("recount", "p0020", 1, -1),
    ]


def test_a_late_pull_is_refused_when_the_history_it_needs_is_gone(
    practice: Any, make_ad_day: Callable[..., Any]
) -> None:
    practice.pull([make_ad_day(0, "A", "1")], hour=0)
    practice.pull([make_ad_day(0, "A", "2")], hour=2)
    practice.load()
    before = practice.content()
    lost = practice.landing / "practice_ads" / "ad_daily" / "a1" / "20261101T060000Z-p0000.jsonl"
    kept = lost.read_bytes()
    lost.unlink()
    practice.pull([make_ad_day(0, "A", "3")], hour=1)
    (failure,) = practice.lake.load_pulls().failures
    assert "practice_ads/ad_daily/a1/20261101T060000Z-p0000.jsonl" in failure.message
    assert practice.content() == before
    lost.write_bytes(kept)
    practice.load()
    assert json.dumps(practice.query("select spend::int from {lake} order by _valid_from")) == "[[1], [3], [2]]"


def test_two_pulls_at_one_instant_are_settled_by_their_ids(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    practice.pull([make_ad_day(0, "A", "2")], hour=0, pull_id="b")
    practice.pull([make_ad_day(0, "A", "1")], hour=0, pull_id="a")
    practice.load()
    assert practice.query("select spend::int, _pull_id from {lake} where _valid_to is null") == [(2, "b")]
    assert practice.known_on(0) == {("2026-10-01/A", "2")}
