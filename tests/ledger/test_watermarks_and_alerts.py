"""Watermarks only move forward; an alert is told once for each cause, and a lost one is told again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from ledger.actors import Actor
from ledger.alerts import LEASE, claim_alert, confirm_alert, open_alerts, resolve_alert
from ledger.audit import read_head
from ledger.tables import AuditRow
from ledger.transaction import reading, writing
from ledger.watermarks import advance_watermark, list_watermarks, read_watermark

START = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PULLER = Actor.program("ingest")
WHERE = {"party": "meta_ads", "account_id": "42", "entity": "ad_daily"}
CAUSE = "auth_expired/meta_ads/42"


def advance(ledger: Engine, pull_id: str, *, at: datetime = START, **to: Any) -> bool:
    with writing(ledger, actor=PULLER, clock=lambda: at) as turn:
        return advance_watermark(turn, **WHERE, pull_id=pull_id, **to)


def stands(ledger: Engine) -> tuple[date | None, str | None, str] | None:
    with reading(ledger) as session:
        mark = read_watermark(session, **WHERE)
        return None if mark is None else (mark.through_day, mark.cursor, mark.pull_id)


def test_a_watermark_moves_forward_and_never_back(ledger: Engine) -> None:
    assert stands(ledger) is None
    assert advance(ledger, "p1", through_day=date(2026, 10, 30)) is True
    assert advance(ledger, "p2", through_day=date(2026, 10, 31)) is True
    assert advance(ledger, "p3", through_day=date(2026, 10, 29)) is False
    assert advance(ledger, "p4", through_day=date(2026, 10, 31)) is False
    assert stands(ledger) == (date(2026, 10, 31), None, "p2")
    with reading(ledger) as session:
        details = session.scalars(select(AuditRow.detail).order_by(AuditRow.seq)).all()
    assert details == [
        '{"from":{"cursor":null,"through_day":null},"pull_id":"p1","to":{"cursor":null,"through_day":"2026-10-30"}}',
        '{"from":{"cursor":null,"through_day":"2026-10-30"},"pull_id":"p2",'
        '"to":{"cursor":null,"through_day":"2026-10-31"}}',
    ]


def test_cursors_are_compared_as_numbers(ledger: Engine) -> None:
    assert advance(ledger, "p1", cursor="999") is True
    assert advance(ledger, "p2", cursor="1000") is True  # as text it would be smaller
    assert advance(ledger, "p3", cursor="9") is False
    assert advance(ledger, "p4", cursor=str(2**70)) is True
    assert stands(ledger) == (None, str(2**70), "p4")


def test_day_and_cursor_each_keep_their_furthest(ledger: Engine) -> None:
    advance(ledger, "p1", through_day=date(2026, 10, 30), cursor="5")
    assert advance(ledger, "p2", through_day=date(2026, 10, 29), cursor="6") is True
    assert stands(ledger) == (date(2026, 10, 30), "6", "p2")


@pytest.mark.parametrize("to", [{}, {"cursor": ""}, {"cursor": "abc"}, {"cursor": "-1"}, {"cursor": "²"}])
def test_a_watermark_stands_somewhere_that_can_be_compared(ledger: Engine, to: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="meta_ads 42 ad_daily"):
        advance(ledger, "p1", **to)
    assert stands(ledger) is None


def test_each_entity_of_each_account_has_its_own(ledger: Engine) -> None:
    with writing(ledger, actor=PULLER, clock=lambda: START) as turn:
        for account in ("2", "1"):
            advance_watermark(
                turn, party="x_ads", account_id=account, entity="ads", pull_id="p", through_day=date(2026, 10, 1)
            )
    with reading(ledger) as session:
        assert [(mark.account_id, mark.at) for mark in list_watermarks(session)] == [("1", START), ("2", START)]


def alert(ledger: Engine, verb: Any, at: datetime, **more: Any) -> Any:
    with writing(ledger, actor=PULLER, clock=lambda: at) as turn:
        return verb(turn, CAUSE, **more)


def test_one_cause_is_told_once(ledger: Engine) -> None:
    assert alert(ledger, claim_alert, START, repeat_after=None) is True
    assert alert(ledger, claim_alert, START, repeat_after=None) is False  # another sender is at it
    alert(ledger, confirm_alert, START)
    assert alert(ledger, claim_alert, START + 1000 * HOUR, repeat_after=None) is False
    with reading(ledger) as session:
        assert open_alerts(session) == (CAUSE,)


def test_it_is_told_again_after_a_while_if_asked_to(ledger: Engine) -> None:
    alert(ledger, claim_alert, START, repeat_after=24 * HOUR)
    alert(ledger, confirm_alert, START)
    assert alert(ledger, claim_alert, START + 23 * HOUR, repeat_after=24 * HOUR) is False
    assert alert(ledger, claim_alert, START + 24 * HOUR, repeat_after=24 * HOUR) is True
    assert alert(ledger, claim_alert, START + 24 * HOUR, repeat_after=24 * HOUR) is False


def test_an_alert_whose_sender_died_is_told_by_the_next(ledger: Engine) -> None:
    assert alert(ledger, claim_alert, START, repeat_after=None) is True
    assert alert(ledger, claim_alert, START + LEASE - timedelta(seconds=1), repeat_after=None) is False
    assert alert(ledger, claim_alert, START + LEASE, repeat_after=None) is True


def test_a_cause_that_went_and_came_back_is_news(ledger: Engine) -> None:
    alert(ledger, claim_alert, START, repeat_after=None)
    alert(ledger, confirm_alert, START)
    assert alert(ledger, resolve_alert, START + HOUR) is True
    assert alert(ledger, resolve_alert, START + HOUR) is False
    assert alert(ledger, claim_alert, START + 2 * HOUR, repeat_after=None) is True


def test_a_cause_resolved_before_its_confirmation_stays_resolved(ledger: Engine) -> None:
    alert(ledger, claim_alert, START, repeat_after=None)
    alert(ledger, resolve_alert, START)
    alert(ledger, confirm_alert, START)
    with reading(ledger) as session:
        assert open_alerts(session) == ()


def test_what_changes_is_audited_and_what_does_not_is_not(ledger: Engine) -> None:
    alert(ledger, claim_alert, START, repeat_after=None)
    alert(ledger, claim_alert, START, repeat_after=None)
    alert(ledger, confirm_alert, START)
    alert(ledger, resolve_alert, START)
    alert(ledger, resolve_alert, START)
    with reading(ledger) as session:
        assert session.scalars(select(AuditRow.verb).order_by(AuditRow.seq)).all() == [
            "claim_alert",
            "confirm_alert",
            "resolve_alert",
        ]
        assert read_head(session).seq == session.scalar(select(func.count()).select_from(AuditRow))
