"""Takes texts that speak of an erased person out of the ledger, and writes down that it was done, in one transaction.

What goes of the audit chain is a text with its salt, nothing else: see `ledger.audit`. Reasons of config versions and
causes of alerts go too. Making the room that they took unreadable is `forget_freed_space`'s, outside a transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, String, Text, cast, func, inspect, or_, select, text, update
from sqlalchemy.orm import Session

from ledger.audit import ERASURE, TEXTS
from ledger.canonical import Json
from ledger.column_types import CanonicalJson
from ledger.tables import AlertRow, AuditRow, Base, ConfigVersionRow
from ledger.transaction import Writing

ERASED = "[erased]"
_PARTS = ("subject", "detail")


@dataclass(frozen=True, kw_only=True)
class Speaks:
    """How to tell that a text speaks of the person: spellings to look for, and whether a text that has one does."""

    spellings: tuple[str, ...]  # in small letters
    is_named: Callable[[str], bool]
    replaced: Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class TextsErased:
    audit: int
    reasons: int
    causes: int

    @property
    def total(self) -> int:
        return self.audit + self.reasons + self.causes


def is_recorded(session: Session, erasure: str) -> bool:
    query = select(AuditRow.seq).where(AuditRow.verb == ERASURE, AuditRow.subject == erasure)
    return session.scalars(query.limit(1)).first() is not None


def erase_texts(writing: Writing, speaks: Speaks, *, erasure: str, told: Mapping[str, Json]) -> TextsErased:
    """`erasure` is its name, and `told` what else the audit row is to tell: nothing of either names the person."""
    session = writing.session
    gone: list[list[int | str]] = []
    for row in session.scalars(select(AuditRow).where(_holds(AuditRow, _PARTS, speaks))).all():
        parts = [part for part in _PARTS if speaks.is_named(getattr(row, part) or "")]
        for part in parts:
            setattr(row, part, None)
            setattr(row, f"{part}_salt", None)
        gone += [[row.seq, part] for part in parts]
    reasons = 0
    for version in session.scalars(select(ConfigVersionRow).where(_holds(ConfigVersionRow, ("reason",), speaks))).all():
        if speaks.is_named(version.reason):
            version.reason = ERASED
            reasons += 1
    causes = 0
    for alert in session.scalars(select(AlertRow).where(_holds(AlertRow, ("cause",), speaks))).all():
        cause = speaks.replaced(alert.cause)[:300]
        if cause != alert.cause:
            here = (AlertRow.cause == alert.cause, AlertRow.occurrence == alert.occurrence)
            session.execute(update(AlertRow).where(*here).values(cause=cause))
            causes += 1
    session.flush()
    writing.audit(ERASURE, subject=erasure, detail={**told, TEXTS: sorted(gone), "reasons": reasons, "causes": causes})
    return TextsErased(audit=len(gone), reasons=reasons, causes=causes)


def forget_freed_space(engine: Engine) -> None:
    """Writes the tables anew, so that nothing stands any more in the room that was freed, and empties the log."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            for table in (AuditRow, ConfigVersionRow, AlertRow):
                connection.execute(text(f"vacuum (full, analyze) {table.__tablename__}"))
            return
    driver = engine.raw_connection()  # SQLAlchemy's own would begin a transaction, in which no room can be given back
    try:
        driver.execute("PRAGMA secure_delete = ON")
        driver.execute("VACUUM")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        driver.close()


def texts_that_speak(session: Session, speaks: Speaks) -> tuple[int, int]:
    """How many texts of all tables were looked at, and how many speak of the person."""
    looked = found = 0
    present = set(inspect(session.get_bind()).get_table_names())
    for table in Base.metadata.sorted_tables:
        names = [column.name for column in table.columns if isinstance(column.type, String | CanonicalJson)]
        if table.name not in present or not names:
            continue
        looked += len(names) * (session.scalar(select(func.count()).select_from(table)) or 0)
        for name in names:
            column: ColumnElement[str] = cast(table.c[name], Text())
            hits = session.scalars(select(column).where(_any(column, speaks))).all()
            found += sum(speaks.is_named(str(each)) for each in hits)
    return looked, found


def _holds(row: type[Base], names: tuple[str, ...], speaks: Speaks) -> ColumnElement[bool]:
    return or_(*(_any(getattr(row, name), speaks) for name in names))


def _any(column: ColumnElement[str], speaks: Speaks) -> ColumnElement[bool]:
    """Spellings may hold the signs that stand for anything: those are taken as themselves."""
    return or_(*(func.lower(column).contains(spelling.lower(), autoescape=True) for spelling in speaks.spellings))
