"""Halving a window of days until the party is content: nothing lost, nothing twice, one day never halved."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ad_platform import DayWindow
from connectors.taxonomy import Said, SplitRequest
from connectors.transport import split_on_demand

FIRST = date(2026, 1, 1)
TOO_MUCH = Said(party="made_up", call="GET report", message="please reduce the amount of data")


def days_of(window: DayWindow) -> list[date]:
    return [window.since + timedelta(days=n) for n in range((window.until - window.since).days)]


@given(length=st.integers(1, 200), most=st.integers(1, 60))
def test_every_day_comes_once_and_in_order_whatever_the_party_can_carry(length: int, most: int) -> None:
    window = DayWindow(FIRST, FIRST + timedelta(days=length))

    def fetch(asked: DayWindow) -> Iterator[date]:
        days = days_of(asked)
        yield days[0]  # a row may arrive before the refusal does; it must not be handed on twice
        if len(days) > most:
            raise SplitRequest(TOO_MUCH)
        yield from days[1:]

    assert list(split_on_demand(window, fetch, back_off=lambda failures: None)) == days_of(window)


def test_windows_are_halved_and_the_first_half_is_asked_first() -> None:
    asked: list[tuple[int, int]] = []

    def fetch(window: DayWindow) -> list[date]:
        asked.append(((window.since - FIRST).days, (window.until - FIRST).days))
        if (window.until - window.since).days > 2:
            raise SplitRequest(TOO_MUCH)
        return []

    list(split_on_demand(DayWindow(FIRST, FIRST + timedelta(days=5)), fetch, back_off=lambda failures: None))
    assert asked == [(0, 5), (0, 2), (2, 5), (2, 3), (3, 5)]


def test_a_single_day_that_is_too_much_is_tried_again_and_then_rises() -> None:
    backed_off: list[int] = []
    tries: list[DayWindow] = []

    def fetch(window: DayWindow) -> list[date]:
        tries.append(window)
        raise SplitRequest(TOO_MUCH)

    day = DayWindow(FIRST, FIRST + timedelta(days=1))
    with pytest.raises(SplitRequest, match="narrow the window"):
        list(split_on_demand(day, fetch, back_off=backed_off.append, attempts=3))
    assert tries == [day, day, day]
    assert backed_off == [1, 2]


def test_a_single_day_may_succeed_on_a_later_try() -> None:
    tries = iter([False, True])

    def fetch(window: DayWindow) -> list[date]:
        if not next(tries):
            raise SplitRequest(TOO_MUCH)
        return days_of(window)

    day = DayWindow(FIRST, FIRST + timedelta(days=1))
    assert list(split_on_demand(day, fetch, back_off=lambda failures: None)) == [FIRST]
