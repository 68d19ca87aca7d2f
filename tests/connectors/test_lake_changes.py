"""Rows that say when they changed: the latest version is the current one, whatever order versions arrive in."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.entity_schema import Column, EntitySchema, Kind, Type

THINGS = EntitySchema(
    party="practice_ads",
    entity="things",
    kind=Kind.OBJECT,
    description="One thing.",
    columns=(
        Column("id", Type.TEXT, "$.id", "The thing.", required=True),
        Column("state", Type.TEXT, "$.state", "How it stands."),
        Column("updated_at", Type.INSTANT, "$.updated_at", "When it changed."),
    ),
    key=("id",),
    version="updated_at",
)
CURRENT = "select id, state from {lake} where _valid_to is null order by id"


@pytest.fixture
def home(practice: Any) -> Any:
    return replace(practice, schemas=(THINGS,))


def thing(id_: str, state: str, changed: int | None = None) -> dict[str, Any]:
    """`changed` counts hours of 1 October 2026."""
    return {"id": id_, "state": state} | ({} if changed is None else {"updated_at": f"2026-10-01T{changed:02d}:00:00Z"})


def land(home: Any, *rows: dict[str, Any], hour: float, complete: bool = False) -> None:
    home.pull(rows, hour=hour, schema=THINGS, days=None, complete=complete)


def current(home: Any) -> list[tuple[str, str]]:
    return home.query(CURRENT, entity="things")


def counts(record: Any) -> tuple[int, int, int]:
    return (record.counts.raw, record.counts.duplicates, record.counts.quarantined)


def test_a_repeat_with_an_older_change_does_not_win_but_is_kept(home: Any) -> None:
    land(home, thing("1", "paid", 9), hour=0)
    land(home, thing("1", "failed", 8), hour=1)
    land(home, thing("1", "failed", 8), hour=2)
    loads = home.load().loads
    assert current(home) == [("1", "paid")]
    assert [counts(load) for load in loads] == [(1, 0, 0), (1, 0, 0), (0, 1, 0)]
    states = "select state, _valid_from = _valid_to from {lake} order by updated_at"
    assert home.query(states, entity="things") == [("failed", True), ("paid", None)]


def test_of_several_versions_in_one_file_the_latest_counts_and_the_others_are_kept(home: Any) -> None:
    land(home, thing("1", "paid", 9), thing("1", "failed", 8), thing("1", "paid", 9), thing("1", "open", 7), hour=0)
    (load,) = home.load().loads
    assert current(home) == [("1", "paid")]
    assert counts(load) == (3, 1, 0)


def test_without_a_change_of_its_own_a_row_changed_when_it_was_told(home: Any) -> None:
    """The pulls are of 1 November, after the change of October."""
    land(home, thing("1", "from October", 9), hour=0)
    land(home, thing("1", "told in November"), hour=1)
    land(home, thing("1", "from October, told again", 10), hour=2)
    home.load()
    assert current(home) == [("1", "told in November")]


def test_at_one_and_the_same_change_the_later_telling_counts(home: Any) -> None:
    land(home, thing("1", "as listed", 9), hour=0)
    land(home, thing("1", "as corrected", 9), hour=1)
    home.load()
    assert current(home) == [("1", "as corrected")]


def test_a_whole_list_that_lags_behind_ends_nothing_that_it_holds(home: Any) -> None:
    land(home, thing("1", "open", 7), thing("2", "open", 7), thing("3", "open", 7), hour=0, complete=True)
    land(home, thing("1", "paid", 9), hour=1)
    land(home, thing("1", "open", 7), thing("2", "paid", 8), hour=2, complete=True)
    loads = home.load().loads
    assert current(home) == [("1", "paid"), ("2", "paid")]
    assert loads[-1].vanished == 1  # the third


def test_a_whole_list_ends_nothing_that_came_to_be_after_it_was_asked_for(home: Any) -> None:
    """Deliveries are dated by the file that they were taken in, which can be older than what they tell."""
    land(home, thing("1", "old", 7), {"id": "2", "state": "new", "updated_at": "2026-11-01T08:30:00Z"}, hour=1)
    land(home, hour=2, complete=True)  # asked at eight
    assert [load.vanished for load in home.load().loads] == [0, 1]
    assert current(home) == [("2", "new")]
    land(home, hour=3, complete=True)  # asked at nine
    home.load()
    assert current(home) == []


def test_loaded_one_by_one_or_late_the_lake_is_the_same(home: Any) -> None:
    versions = [thing("1", "open", 7), thing("1", "failed", 8), thing("1", "paid", 9)]
    results = set()
    for number, order in enumerate(permutations(range(3))):
        one = home.sibling(f"order-{number}")
        for hour in order:  # told in the order of the hours, arriving in this one
            land(one, versions[hour], hour=hour)
            one.load()
        results.add(tuple(sorted(one.content("raw").items())))
    assert len(results) == 1


VERSION = st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.integers(0, 2))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(files=st.lists(st.lists(VERSION, min_size=1, max_size=6), min_size=1, max_size=5), data=st.data())
def test_the_current_row_is_the_one_that_changed_last(
    tmp_path_factory: pytest.TempPathFactory, practice_at: Callable[[Path], Any], files: Any, data: st.DataObject
) -> None:
    home = replace(practice_at(tmp_path_factory.mktemp("changes")), schemas=(THINGS,))
    arrivals = data.draw(st.permutations(range(len(files))))
    for hour in arrivals:
        land(home, *(thing(id_, f"{id_}{changed}{state}", changed) for id_, changed, state in files[hour]), hour=hour)
        if data.draw(st.booleans()):
            home.load()
    home.load()
    # By hand: the largest change; of equals, what was told last, and in one file what stands last.
    expected: dict[str, tuple[int, int, int, str]] = {}
    for hour, file in enumerate(files):
        for place, (id_, changed, state) in enumerate(file):
            version = (changed, hour, place, f"{id_}{changed}{state}")
            expected[id_] = max(expected.get(id_, version), version)
    assert current(home) == sorted((id_, version[-1]) for id_, version in expected.items())
    told = {(id_, changed, state) for file in files for id_, changed, state in file}
    log = home.log()
    assert sum(each.counts.landed for each in log) == sum(map(len, files))
    assert sum(each.counts.raw + each.counts.duplicates for each in log) == sum(map(len, files))
    assert len(told) <= sum(each.counts.raw for each in log)
