"""Freshness, volume and look-back: each row of a table names what it flips and what it expects."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.freshness import SourceAge, judge_freshness
from analysis.look_back import window_to_pull
from analysis.silence import judge_silence
from analysis.volume import judge_volume

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_pull", "expected"),
    [
        (NOON - timedelta(hours=26), None),
        (NOON - timedelta(hours=26, seconds=1), "last pulled 26.0 h ago, over the 26 h tolerated"),
        (None, "never pulled"),
        (NOON + timedelta(hours=2), "2.0 h in the future"),
    ],
    ids=["exactly the tolerance", "a second over", "never", "clock skew"],
)
def test_a_source_is_fresh_up_to_and_including_the_tolerance(last_pull, expected):
    verdict = judge_freshness(
        [SourceAge(name="meta_ads act 1", last_pull=last_pull)], as_of=NOON, tolerated=timedelta(hours=26)
    )
    assert verdict.passed is (expected is None)
    assert expected is None or expected in verdict.failures[0]


def test_every_stale_source_is_named_not_only_the_first():
    sources = [SourceAge(name=name, last_pull=None) for name in ("a", "b")] + [SourceAge(name="c", last_pull=NOON)]
    verdict = judge_freshness(sources, as_of=NOON, tolerated=timedelta(hours=1))
    assert [failure.split(":")[0] for failure in verdict.failures] == ["a", "b"]


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (NOON - timedelta(hours=6), None),
        (NOON - timedelta(hours=6, minutes=6), "web: silent for 6.1 h, over the 6 h tolerated"),
        (None, None),
    ],
    ids=["exactly the tolerance", "over", "never heard of"],
)
def test_a_source_that_was_heard_once_is_missed_when_it_falls_silent(heard, expected):
    verdict = judge_silence("web", heard=heard, as_of=NOON, tolerated=timedelta(hours=6))
    assert verdict.failures == (() if expected is None else (expected,))


def days(counts):
    return {date(2026, 11, 1) + timedelta(days=i): count for i, count in enumerate(counts)}


@pytest.mark.parametrize(
    ("counts", "passed"),
    [
        ([100] * 8, True),
        ([100] * 7 + [50], True),
        ([100] * 7 + [49], False),
        ([100] * 6 + [0], True),
        ([19] * 7 + [0], True),
        ([100] * 7 + [0], False),
    ],
    ids=["as usual", "exactly half", "under half", "too few neighbours", "too small to judge", "nothing came"],
)
def test_a_day_with_under_half_of_its_usual_rows_is_refused(counts, passed):
    by_day = days(counts)
    assert judge_volume(by_day, day=max(by_day), lowest_share=0.5).passed is passed


def test_a_day_that_has_no_rows_at_all_counts_as_zero_rows():
    by_day = days([100] * 7)
    assert not judge_volume(by_day, day=date(2026, 11, 8), lowest_share=0.5).passed


@given(
    today=st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    look_back=st.integers(0, 40),
    lag=st.one_of(st.none(), st.integers(0, 100)),
)
def test_the_window_holds_the_look_back_and_every_day_missed_and_never_what_is_older_than_history(
    today, look_back, lag
):
    oldest = date(2025, 12, 1)
    through = None if lag is None else max(oldest, today - timedelta(days=lag))
    since, until = window_to_pull(today=today, look_back_days=look_back, oldest=oldest, pulled_through=through)
    assert until == today + timedelta(days=1)
    assert oldest <= since < until
    assert since <= max(oldest, today - timedelta(days=look_back))
    assert since <= (through or oldest)
