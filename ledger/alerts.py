"""One alert for each cause: who tells the team, and whether it has been told.

Claim, send, confirm. A claim that was never confirmed (the sender died) can be claimed again once its lease is over, so
an alert may in rare cases be told twice, and is never lost. What is worth an alert is decided elsewhere.
"""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.tables import AlertRow
from ledger.transaction import Writing

LEASE = timedelta(minutes=5)


def claim_alert(writing: Writing, cause: str, *, repeat_after: timedelta | None) -> bool:
    """True: the caller is to send it now, then confirm. `repeat_after` reminds while the cause is still open."""
    row = _open(writing.session, cause)
    if row is None:
        last = writing.session.scalar(select(func.max(AlertRow.occurrence)).where(AlertRow.cause == cause)) or 0
        row = AlertRow(cause=cause, occurrence=last + 1, opened_at=writing.at, claimed_at=writing.at)
        writing.session.add(row)
    elif row.sent_at is None or row.claimed_at > row.sent_at:
        if writing.at < row.claimed_at + LEASE:
            return False
    elif repeat_after is None or writing.at < row.sent_at + repeat_after:
        return False
    row.claimed_at = writing.at
    writing.audit("claim_alert", subject=cause, detail={"occurrence": row.occurrence})
    return True


def confirm_alert(writing: Writing, cause: str) -> None:
    """The alert has been told."""
    row = _open(writing.session, cause)
    if row is None:  # resolved between sending and confirming: there is nothing left to remember
        return
    row.sent_at = writing.at
    writing.audit("confirm_alert", subject=cause, detail={"occurrence": row.occurrence})


def resolve_alert(writing: Writing, cause: str) -> bool:
    """The cause is gone: should it come back, that is news again. Whether there was anything to resolve."""
    row = _open(writing.session, cause)
    if row is None:
        return False
    row.resolved_at = writing.at
    writing.audit("resolve_alert", subject=cause, detail={"occurrence": row.occurrence})
    return True


def open_alerts(session: Session) -> tuple[str, ...]:
    return tuple(session.scalars(select(AlertRow.cause).where(AlertRow.resolved_at.is_(None)).order_by(AlertRow.cause)))


def _open(session: Session, cause: str) -> AlertRow | None:
    return session.scalars(
        select(AlertRow).where(AlertRow.cause == cause, AlertRow.resolved_at.is_(None))
    ).one_or_none()
