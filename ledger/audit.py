"""The audit chain: every row holds the hash of the row before it, so that no row can be changed, dropped or slipped in
without `verify` naming the first place where it shows.

What is hashed of a row's texts are digests, each with a salt of its own: when a person is erased, a text that speaks
of them goes together with its salt, and the chain is as whole as before. `verify` counts the texts that went, and
takes it only where a later row of the chain tells of it (`ledger.erasing`).

Rows are appended by `Writing.audit`, whose transactions take turns. What the chain alone cannot show is that it was cut
and grown again by somebody with the database in hand: for that, compare with a head that was noted elsewhere.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.canonical import Json, canonical_instant, canonical_json
from ledger.tables import AuditHeadRow, AuditRow

BEFORE_THE_FIRST = "0" * 64
ERASURE = "erase_person"  # the verb of rows that tell which texts went
TEXTS = "audit_texts"  # where their detail lists them, as [seq, part]

Salt = Callable[[], str]  # 32 hexadecimal digits, different every time


@dataclass(frozen=True, kw_only=True)
class Head:
    seq: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Broken:
    seq: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    head: Head  # the last row that was found good
    broken: Broken | None  # the first that was not
    erased: int = 0  # texts that are gone, because they spoke of a person who was erased


def next_row(
    head: Head, *, at: datetime, actor: str, run_id: str | None, verb: str, subject: str, detail: Json, salt: Salt
) -> AuditRow:
    text, subject_salt, detail_salt = canonical_json(detail), salt(), salt()
    row = AuditRow(
        seq=head.seq + 1,
        at=canonical_instant(at),
        actor=actor,
        run_id=run_id,
        verb=verb,
        subject=subject,
        subject_salt=subject_salt,
        subject_digest=digest(subject, salt=subject_salt),
        detail=text,
        detail_salt=detail_salt,
        detail_digest=digest(text, salt=detail_salt),
        previous_hash=head.hash,
    )
    row.hash = _hash(row)
    return row


def read_head(session: Session) -> Head:
    row = session.get_one(AuditHeadRow, 1)
    return Head(seq=row.seq, hash=row.hash)


def verify(session: Session, *, noted: Head | None = None) -> Verification:
    """Walks the whole chain. `noted` is a head that was written down elsewhere, at any time before."""
    end = session.get(AuditHeadRow, 1)
    good = Head(seq=0, hash=BEFORE_THE_FIRST)
    gone: list[tuple[int, str]] = []
    told: set[tuple[int, str]] = set()

    def broken(seq: int, reason: str) -> Verification:
        return Verification(head=good, broken=Broken(seq=seq, reason=reason), erased=len(gone))

    if end is None:
        return broken(1, "the head of the chain is missing")
    for row in session.scalars(select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=1000)):
        if row.seq != good.seq + 1:
            return broken(good.seq + 1, f"it is missing; the next row is {row.seq}")
        if row.previous_hash != good.hash:
            return broken(row.seq, f"it does not follow row {good.seq}")
        if row.hash != _hash(row) or not (_is_sound(row, "subject") and _is_sound(row, "detail")):
            return broken(row.seq, "its content is not what was hashed")
        if row.seq > end.seq:
            return broken(row.seq, "it was added without moving the head")
        if row.seq == end.seq and row.hash != end.hash:
            return broken(row.seq, "it is not the row that the head names")
        if noted is not None and row.seq == noted.seq and row.hash != noted.hash:
            return broken(row.seq, "it is not the row that was noted: the chain was written anew")
        gone += [(row.seq, part) for part in ("subject", "detail") if getattr(row, part) is None]
        if row.verb == ERASURE and row.detail is not None:
            told |= {(seq, part) for seq, part in json.loads(row.detail).get(TEXTS, ())}
        good = Head(seq=row.seq, hash=row.hash)
        session.expunge(row)
    reached = max(end.seq, 0 if noted is None else noted.seq)
    if reached > good.seq:
        return broken(good.seq + 1, f"it is missing; the chain reached row {reached}")
    for seq, part in gone:
        if (seq, part) not in told:
            return broken(seq, f"its {part} is gone, and no erasure tells of it")
    return Verification(head=good, broken=None, erased=len(gone))


def digest(text: str, *, salt: str) -> str:
    return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()


def _is_sound(row: AuditRow, part: str) -> bool:
    text, salt = getattr(row, part), getattr(row, f"{part}_salt")
    if text is None or salt is None:
        return text is None and salt is None
    return digest(text, salt=salt) == getattr(row, f"{part}_digest")


def _hash(row: AuditRow) -> str:
    content = canonical_json(
        {
            "seq": row.seq,
            "at": row.at,
            "actor": row.actor,
            "run_id": row.run_id,
            "verb": row.verb,
            "subject_digest": row.subject_digest,
            "detail_digest": row.detail_digest,
            "previous_hash": row.previous_hash,
        }
    )
    return hashlib.sha256(content.encode()).hexdigest()
