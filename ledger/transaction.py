"""The two ways into the ledger: `reading` a snapshot, and `writing` in turn.

Writers take turns from their first statement to their commit (an immediate transaction on SQLite, a lock on the head of
the audit chain on Postgres), so a verb may look, decide and write without anything moving in between. Keep them short,
and put many small changes into one.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ledger import audit
from ledger.actors import Actor
from ledger.canonical import Json
from ledger.connect import TAKES_TURNS
from ledger.errors import LedgerUnreachable
from ledger.tables import AuditHeadRow

Clock = Callable[[], datetime]  # aware; UTC


@dataclass(frozen=True, kw_only=True)
class Writing:
    """One transaction that changes the ledger: everything in it is done by one actor, at one instant, or not at all."""

    session: Session
    actor: Actor
    run_id: str | None
    at: datetime
    head: AuditHeadRow
    salt: audit.Salt

    def audit(self, verb: str, *, subject: str, detail: Json) -> None:
        """Every verb that changes something tells it here, in the same transaction."""
        row = audit.next_row(
            audit.Head(seq=self.head.seq, hash=self.head.hash),
            at=self.at,
            actor=str(self.actor),
            run_id=self.run_id,
            verb=verb,
            subject=subject,
            detail=detail,
            salt=self.salt,
        )
        self.session.add(row)
        self.session.flush()  # the head may only follow a row that is there
        self.head.seq, self.head.hash = row.seq, row.hash
        self.session.flush()


def _new_salt() -> str:
    return token_hex(16)


@contextmanager
def writing(
    engine: Engine, *, actor: Actor, clock: Clock, run_id: str | None = None, salt: audit.Salt = _new_salt
) -> Generator[Writing]:
    options = engine.execution_options(**{TAKES_TURNS: True})
    with Session(options, expire_on_commit=False) as session, session.begin():
        try:
            head = session.get_one(AuditHeadRow, 1, with_for_update=True)
        except OperationalError as error:
            raise LedgerUnreachable(
                f"the ledger at {engine.url.render_as_string()} let nobody write ({error.orig}); "
                "if another process holds it, try again when that has ended"
            ) from error
        yield Writing(session=session, actor=actor, run_id=run_id, at=clock(), head=head, salt=salt)


@contextmanager
def reading(engine: Engine) -> Generator[Session]:
    """Every query in it sees the same instant of the ledger."""
    snapshot = (
        engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="REPEATABLE READ")
    )
    with Session(snapshot) as session:
        yield session
