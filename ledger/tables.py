"""The tables of the operational record, as they stand after the last migration.

`config_versions` and `audit_log` only grow: triggers, made by the migrations, refuse to delete their rows and to update
them, but for a text that is taken out because it speaks of a person who is erased (`ledger.erasing`).
What may be done with the tables is said by the verbs beside this file; nobody writes to them otherwise.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, Integer, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ledger.column_types import CanonicalJson, UtcInstant

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class ConfigVersionRow(Base):
    """One version of one config key."""

    __tablename__ = "config_versions"
    __table_args__ = (CheckConstraint("version >= 1", name="version_from_one"),)

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[Any] = mapped_column(CanonicalJson)
    previous: Mapped[Any] = mapped_column(CanonicalJson)  # what was in force before: the default, for version 1
    restores: Mapped[int | None] = mapped_column(Integer)  # the version a rollback went back to; 0 is the default
    actor: Mapped[str] = mapped_column(Text)
    run_id: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcInstant)


class WatermarkRow(Base):
    """How far one entity of one account has been landed."""

    __tablename__ = "watermarks"
    __table_args__ = (CheckConstraint("through_day IS NOT NULL OR cursor IS NOT NULL", name="somewhere"),)

    party: Mapped[str] = mapped_column(String(100), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    entity: Mapped[str] = mapped_column(String(100), primary_key=True)
    through_day: Mapped[date | None] = mapped_column(Date)
    cursor: Mapped[str | None] = mapped_column(Text)
    pull_id: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcInstant)


class AlertRow(Base):
    """One occurrence of one cause of alarm; while it is open, its alert is sent once."""

    __tablename__ = "alerts_sent"
    __table_args__ = (
        Index(
            "uq_alerts_sent_open_cause",
            "cause",
            unique=True,
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    cause: Mapped[str] = mapped_column(String(300), primary_key=True)
    occurrence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    opened_at: Mapped[datetime] = mapped_column(UtcInstant)
    claimed_at: Mapped[datetime] = mapped_column(UtcInstant)
    sent_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcInstant)


class AuditRow(Base):
    """One thing that was done to the ledger. Everything but numbers is text, so that `verify` can read any row."""

    __tablename__ = "audit_log"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(27))  # canonical instant
    actor: Mapped[str] = mapped_column(Text)
    run_id: Mapped[str | None] = mapped_column(Text)
    verb: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str | None] = mapped_column(Text)  # null, like its salt: erased
    subject_salt: Mapped[str | None] = mapped_column(String(32))
    subject_digest: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str | None] = mapped_column(Text)  # canonical JSON; null, like its salt: erased
    detail_salt: Mapped[str | None] = mapped_column(String(32))
    detail_digest: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Base):
    """The last row of the audit chain. Locking this one row is how writers take turns."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
