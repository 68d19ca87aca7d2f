"""The X connector's rules that need no network: calendars, micros, what answers mean, how arrays become rows."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ad_platform import DayWindow, Money
from connectors.taxonomy import (
    AuthExpired,
    BudgetGone,
    Conflict,
    NotFound,
    PermissionDenied,
    RateLimited,
    Rejected,
    Said,
    SplitRequest,
    TransientError,
)
from connectors.transport import Call, Reply
from connectors.x_ads.account_calendar import changes_clocks, days, midnight, runs, whole_hours
from connectors.x_ads.answers import REPORT_FILE, judge
from connectors.x_ads.money import from_micros, to_micros
from connectors.x_ads.stats import Piece, Unusable, rows_of

NOW = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
ZONES = ["America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo"]
SAID = Said(party="x_ads", call="PUT campaigns/1")


# --- The account's calendar


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    since=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    length=st.integers(1, 200),
    longest=st.integers(1, 90),
)
def test_runs_make_up_the_window_and_none_straddles_a_change_of_clocks(
    zone: ZoneInfo, since: date, length: int, longest: int
):
    window = DayWindow(since, since + timedelta(days=length))
    found = list(runs(window, zone, longest=longest))
    assert [day for run in found for day in days(run)] == days(window)
    for run in found:
        assert len(days(run)) <= longest
        elapsed = midnight(run.until, zone) - midnight(run.since, zone)
        assert elapsed == timedelta(days=len(days(run))) or len(days(run)) == 1


def test_the_days_of_a_change_are_those_of_23_and_25_hours():
    berlin = ZoneInfo("Europe/Berlin")
    changed = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [day for day in changed if changes_clocks(day, berlin)] == [date(2026, 3, 29), date(2026, 10, 25)]


@given(zone=st.sampled_from(ZONES).map(ZoneInfo), since=st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_windows_are_widened_to_whole_hours_and_by_less_than_one(zone: ZoneInfo, since: date):
    window = DayWindow(since, since + timedelta(days=1))
    start, end = whole_hours(window, zone)
    first, last = midnight(window.since, zone), midnight(window.until, zone)
    assert timedelta() <= first - start < timedelta(hours=1)
    assert timedelta() <= end - last < timedelta(hours=1)
    assert (start.minute, start.second, end.minute, end.second) == (0, 0, 0, 0)


# --- Money


@pytest.mark.parametrize(
    ("amount", "currency", "micros"),
    [
        ("5.50", "USD", 5_500_000),
        ("0.01", "EUR", 10_000),
        ("600", "JPY", 600_000_000),
        ("1", "KRW", 1_000_000),
        ("0.125", "KWD", 125_000),
        ("99999999.99", "INR", 99_999_999_990_000),
    ],
)
def test_amounts_are_micros_of_the_major_unit_in_every_currency(amount: str, currency: str, micros: int):
    assert to_micros(Money(Decimal(amount), currency), currency=currency, said=SAID) == micros
    assert from_micros(micros, currency=currency) == Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("amount", "currency", "account", "names"),
    [
        ("5.505", "USD", "USD", "0.01"),
        ("600.5", "JPY", "JPY", "smallest unit is 1"),
        ("0.1255", "KWD", "KWD", "0.001"),
        ("0", "USD", "USD", "above zero"),
        ("-1", "USD", "USD", "above zero"),
        ("NaN", "USD", "USD", "above zero"),
        ("5", "EUR", "USD", "counts in USD"),
    ],
)
def test_amounts_that_cannot_be_expressed_are_refused(amount: str, currency: str, account: str, names: str):
    with pytest.raises(Rejected, match=names):
        to_micros(Money(Decimal(amount), currency), currency=account, said=SAID)


# --- What answers mean


def reply(status: int, body: Any = b"", *, method: str = "GET", label: str | None = None, **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        party="x_ads",
        account_id="18ce54d4x5t",
        call=Call(method=method, path="/12/accounts/18ce54d4x5t", label=label),
        status=status,
        headers=httpx.Headers(named),
        body=content,
        received_at=NOW,
        redact=lambda text: text,
    )


def errors(code: str, message: str = "no") -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message}], "request": {"params": {}}}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, errors("INVALID_PARAMETER"), Rejected),
        (400, errors("MISSING_PARAMETER"), Rejected),
        (400, errors("INVALID_TIME_WINDOW"), SplitRequest),
        (400, errors("REQUEST_TOO_COMPLEX"), SplitRequest),
        (400, errors("DUPLICATE_TWEET"), Conflict),
        (401, errors("UNAUTHORIZED_ACCESS"), AuthExpired),
        (401, b"", AuthExpired),
        (403, errors("UNAUTHORIZED_CLIENT_APPLICATION"), PermissionDenied),
        (403, errors("ACCOUNT_NOT_FOUND"), PermissionDenied),
        (403, errors("FUNDING_INSTRUMENT_NOT_FOUND"), BudgetGone),
        (404, errors("CAMPAIGN_NOT_FOUND"), NotFound),
        (404, b"<!DOCTYPE html><html></html>", NotFound),
        (408, errors("CANCELLED_REQUEST"), TransientError),
        (423, errors("LOCK_ACQUISITION_TIMEOUT"), TransientError),
        (429, errors("TOO_MANY_REQUESTS"), RateLimited),
        (500, errors("INTERNAL_ERROR"), TransientError),
        (502, b"<html>Bad Gateway</html>", TransientError),
        (503, errors("OVER_CAPACITY"), TransientError),
        (418, b"", Rejected),
        (200, errors("INVALID_PARAMETER"), Rejected),
        (200, b'{"data": [', TransientError),
        (200, b"", TransientError),
        (200, [1, 2], TransientError),
        (200, {"request": {}}, TransientError),
    ],
)
def test_every_answer_has_its_class(status: int, body: Any, expected: type[Exception]):
    with pytest.raises(expected) as raised:
        judge(reply(status, body))
    assert type(raised.value) is expected


def test_the_wait_is_the_accounts_own_where_x_states_one():
    at = int(NOW.timestamp())
    account = {"x_account_rate_limit_reset": str(at + 30), "x_account_rate_limit_remaining": "0"}
    token = {"x_rate_limit_reset": str(at + 600), "x_rate_limit_remaining": "7"}

    def wait(**headers: str) -> float | None:
        with pytest.raises(RateLimited) as raised:
            judge(reply(429, errors("TOO_MANY_REQUESTS"), **headers))
        return raised.value.wait_seconds

    assert wait(**account, **token) == 31
    assert wait(**token) == 601
    used_up = {**account, "x_account_rate_limit_remaining": "3", **token, "x_rate_limit_remaining": "0"}
    assert wait(**used_up) == 601
    assert wait(x_rate_limit_reset=str(at - 90)) == 1
    assert wait(retry_after="12") == 12
    assert wait() is None


def test_a_stated_retry_after_is_waited_for_only_where_nothing_can_happen_twice():
    with pytest.raises(RateLimited) as raised:
        judge(reply(503, errors("OVER_CAPACITY"), retry_after="40"))
    assert raised.value.wait_seconds == 40
    with pytest.raises(TransientError) as write:
        judge(reply(503, errors("OVER_CAPACITY"), method="PUT", retry_after="40"))
    assert type(write.value) is TransientError


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        ("Sun, 01 Nov 2026 05:50:00 GMT", "our clock is 600 s ahead of X's"),
        ("Sun, 01 Nov 2026 06:10:00 GMT", "our clock is 600 s behind X's"),
        ("Sun, 01 Nov 2026 05:59:58 GMT", "ours is 2 s ahead of X's: look at the keys"),
        ("no date at all", "had no Date to compare"),
    ],
)
def test_a_refused_signature_names_the_clock_and_how_far_apart_the_two_are(theirs: str, says: str):
    with pytest.raises(AuthExpired) as raised:
        judge(reply(401, errors("UNAUTHORIZED_ACCESS"), date=theirs))
    assert says in str(raised.value)
    assert "clock" in str(raised.value)


def test_every_message_of_a_batch_is_passed_on():
    body = {**errors("INVALID_PARAMETER", "none was done"), "operation_errors": [[], [{"message": "no such campaign"}]]}
    with pytest.raises(Rejected, match="none was done; no such campaign"):
        judge(reply(400, body))


def test_report_files_are_read_packed_or_not_and_broken_ones_are_worth_another_try():
    content = {"data": [], "time_series_length": 1}
    packed = gzip.compress(json.dumps(content).encode())
    assert judge(reply(200, packed, label=REPORT_FILE)) == content
    assert judge(reply(200, content, label=REPORT_FILE)) == content
    for broken in (packed[:-9], packed[:20], b"\x1f\x8b", b"{", b""):
        with pytest.raises(TransientError):
            judge(reply(200, broken, label=REPORT_FILE))


# --- From arrays to rows

PIECE = Piece(
    entity="PROMOTED_TWEET",
    ids=("a", "b"),
    placement="TREND",
    window=DayWindow(date(2026, 10, 31), date(2026, 11, 3)),
    groups=("ENGAGEMENT",),
)


def answered(*entities: tuple[str, dict[str, Any]], length: int = 3) -> dict[str, Any]:
    data = [{"id": name, "id_data": [{"segment": None, "metrics": metrics}]} for name, metrics in entities]
    return {"data_type": "stats", "time_series_length": length, "data": data}


def test_arrays_become_one_row_for_each_day_with_delivery():
    purchases = {"metric": [0, 0, 2], "post_view": None}
    found = rows_of(
        answered(
            ("b", {"impressions": None, "clicks": None, "conversion_purchases": None}),
            ("a", {"impressions": [10, 0, 0], "clicks": None, "conversion_purchases": purchases}),
        ),
        PIECE,
    )
    assert found == [
        {
            "id": "a",
            "date": "2026-10-31",
            "placement": "TREND",
            "metrics": {"impressions": 10, "clicks": None, "conversion_purchases": None},
        },
        {
            "id": "a",
            "date": "2026-11-02",
            "placement": "TREND",
            "metrics": {"impressions": None, "clicks": None, "conversion_purchases": {"metric": 2, "post_view": None}},
        },
    ]


def test_a_day_reads_the_same_whatever_else_was_asked_for():
    """A zero is 0 beside another day's number and null on its own: both must land as one row, or it looks restated."""
    series = {"impressions": [10, 5, 0], "clicks": [0, 3, 0], "conversion_purchases": {"metric": [0, 1, 0]}}
    alone = {"impressions": [10], "clicks": None, "conversion_purchases": None}
    one_day = replace(PIECE, ids=("a",), window=DayWindow(PIECE.window.since, PIECE.window.since + timedelta(days=1)))
    assert (
        rows_of(answered(("a", series)), replace(PIECE, ids=("a",)))[0]
        == rows_of(answered(("a", alone), length=1), one_day)[0]
    )


@pytest.mark.parametrize(
    "answer",
    [
        answered(("a", {}), ("b", {}), length=4),
        answered(("a", {})),
        answered(("a", {"clicks": [1, 2]}), ("b", {})),
        answered(("a", {"clicks": 3}), ("b", {})),
        {"time_series_length": 3, "data": [{"id": "a", "id_data": []}, {"id": "b", "id_data": []}]},
    ],
    ids=["another length", "an id missing", "a short array", "no array", "no series"],
)
def test_answers_that_do_not_fit_their_question_are_not_used(answer: dict[str, Any]):
    with pytest.raises(Unusable):
        rows_of(answer, PIECE)


@given(ids=st.integers(1, 20), length=st.integers(1, 90))
def test_halving_keeps_every_id_and_day_and_ends(ids: int, length: int):
    window = DayWindow(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=length))
    whole = Piece(entity="E", ids=tuple(map(str, range(ids))), placement="P", window=window, groups=("G",))
    open_ends, cells = [whole], set()
    while open_ends:
        piece = open_ends.pop()
        halves = piece.halves()
        if halves is None:
            cells.add((piece.ids[0], piece.window.since))
        else:
            open_ends.extend(halves)
    assert cells == {(each, day) for each in whole.ids for day in days(window)}
