"""How far each entity of each account has been landed. A watermark only ever moves forward, whoever else is pulling."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.tables import WatermarkRow
from ledger.transaction import Writing


@dataclass(frozen=True, kw_only=True)
class Watermark:
    party: str
    account_id: str
    entity: str
    through_day: date | None  # the last account-local day that has been landed, itself included
    cursor: str | None  # the largest number that has been landed, of entities that continue where they stopped
    pull_id: str
    at: datetime


def read_watermark(session: Session, *, party: str, account_id: str, entity: str) -> Watermark | None:
    row = session.get(WatermarkRow, (party, account_id, entity))
    return None if row is None else _watermark(row)


def list_watermarks(session: Session) -> tuple[Watermark, ...]:
    order = (WatermarkRow.party, WatermarkRow.account_id, WatermarkRow.entity)
    return tuple(_watermark(row) for row in session.scalars(select(WatermarkRow).order_by(*order)))


def advance_watermark(
    writing: Writing,
    *,
    party: str,
    account_id: str,
    entity: str,
    pull_id: str,
    through_day: date | None = None,
    cursor: str | None = None,
) -> bool:
    """Whether it moved. A pull that reached no further than an earlier one changes nothing."""
    if through_day is None and cursor is None:
        raise ValueError(f"{party} {account_id} {entity}: a watermark stands at a day or a cursor")
    if cursor is not None and not (cursor.isascii() and cursor.isdigit()):
        raise ValueError(f"{party} {account_id} {entity}: a cursor is a growing number, not {cursor!r}")
    row = writing.session.get(WatermarkRow, (party, account_id, entity))
    if row is None:
        row = WatermarkRow(party=party, account_id=account_id, entity=entity)
        writing.session.add(row)
    before = {"through_day": _day(row.through_day), "cursor": row.cursor}
    if through_day is not None and (row.through_day is None or through_day > row.through_day):
        row.through_day = through_day
    if cursor is not None and (row.cursor is None or int(cursor) > int(row.cursor)):
        row.cursor = cursor
    after = {"through_day": _day(row.through_day), "cursor": row.cursor}
    if after == before:
        return False
    row.pull_id, row.at = pull_id, writing.at
    writing.audit(
        "advance_watermark",
        subject=f"{party}/{entity}/{account_id}",
        detail={"from": before, "to": after, "pull_id": pull_id},
    )
    return True


def _watermark(row: WatermarkRow) -> Watermark:
    return Watermark(
        party=row.party,
        account_id=row.account_id,
        entity=row.entity,
        through_day=row.through_day,
        cursor=row.cursor,
        pull_id=row.pull_id,
        at=row.at,
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
