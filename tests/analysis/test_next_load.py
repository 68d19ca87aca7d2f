"""When to load: at once what is new, after growing pauses what failed, never two at a time, and not for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.next_load import MOST_ATTEMPTS, NOTHING_REQUESTED, Load, Requested, Wait, decide_load

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def first(*names: str, now: datetime = NOON) -> Requested:
    decision = decide_load(names, last=None, is_loading=False, last_failed=False, now=now)
    assert isinstance(decision, Load)
    return decision.requested


def again(requested: Requested, *names: str, after: timedelta, failed: bool = False) -> Load | Wait:
    now = datetime.fromisoformat(requested.at) + after
    return decide_load(names, last=requested, is_loading=False, last_failed=failed, now=now)


def test_what_is_new_is_loaded_at_once() -> None:
    requested = first("a", "b")
    assert (requested.attempt, requested.at) == (1, "2026-11-20T12:00:00+00:00")
    decision = again(requested, "a", "b", "c", after=timedelta(seconds=15))
    assert isinstance(decision, Load)
    assert decision.requested.attempt == 1


def test_nothing_waiting_ends_the_memory_of_what_was_asked_for() -> None:
    assert decide_load([], last=None, is_loading=False, last_failed=False, now=NOON) == Wait(
        why="nothing waits in the landing zone", is_done=True
    )
    done = again(first("a"), after=timedelta(seconds=15))
    assert done == Wait(why="nothing waits in the landing zone", is_done=True)


@pytest.mark.parametrize("names", [(), ("a",), ("b",)], ids=["nothing", "the same", "something new"])
@pytest.mark.parametrize("failed", [False, True])
def test_a_running_load_is_waited_for_and_forgets_nothing(names: tuple[str, ...], failed: bool) -> None:
    decision = decide_load(names, last=first("a"), is_loading=True, last_failed=failed, now=NOON + timedelta(days=1))
    assert isinstance(decision, Wait)
    assert "a load is running" in decision.why
    assert not decision.is_done


def test_the_same_files_are_tried_again_after_pauses_that_double() -> None:
    """Two minutes, four, eight … : attempt n + 1 comes 2 * 2**(n-1) minutes after attempt n, the sixth is the last."""
    requested, pauses = first("a"), []
    while True:
        wait = timedelta(seconds=0)
        decision = again(requested, "a", after=wait)
        while isinstance(decision, Wait) and wait < timedelta(hours=3):
            wait += timedelta(minutes=1)
            decision = again(requested, "a", after=wait)
        if isinstance(decision, Wait):
            break
        pauses.append(int(wait.total_seconds() // 60))
        assert decision.requested.attempt == requested.attempt + 1
        requested = decision.requested
    assert pauses == [2, 4, 8, 16, 32]
    assert requested.attempt == MOST_ATTEMPTS == 6
    assert "after 6 attempts; look at the last load's run" in decision.why
    assert "reset this sensor's cursor" in decision.why


def test_a_pause_says_when_it_ends() -> None:
    decision = again(first("a"), "a", after=timedelta(minutes=1))
    assert decision == Wait(why="the same 1 files still wait after attempt 1; the next is due at 12:02 UTC")


def test_a_failed_run_that_took_every_file_is_made_up_for() -> None:
    """The files are in the lake, but the models that should have followed are not."""
    requested = first("a")
    assert isinstance(again(requested, after=timedelta(minutes=1), failed=True), Wait)
    decision = again(requested, after=timedelta(minutes=2), failed=True)
    assert isinstance(decision, Load)
    assert decision.requested.attempt == 2


def test_a_failure_that_nobody_here_asked_for_is_left_alone() -> None:
    assert isinstance(decide_load([], last=None, is_loading=False, last_failed=True, now=NOON), Wait)


def test_the_same_files_at_another_time_get_a_run_of_their_own() -> None:
    """A run key is spent for ever: after a lake was rebuilt, or a cursor reset, the same files must load again."""
    one = Load(requested=first("a"))
    other = Load(requested=first("a", now=NOON + timedelta(days=1)))
    assert one.requested.digest == other.requested.digest
    assert one.run_key != other.run_key


def test_a_cursor_brings_back_what_was_asked_for() -> None:
    requested = first("a")
    assert Requested.from_cursor(requested.to_cursor()) == requested
    assert Requested.from_cursor(None) is None
    assert Requested.from_cursor("") is None
    assert Requested.from_cursor(NOTHING_REQUESTED) is None


@given(st.sets(st.text(min_size=1), min_size=1), st.randoms())
def test_the_order_in_which_files_are_seen_does_not_matter(names: set[str], rng) -> None:
    shuffled = sorted(names)
    rng.shuffle(shuffled)
    assert first(*names).digest == first(*shuffled).digest
