"""Texts of the audit chain can be erased: what is hashed of them are salted digests, beside which text and salt may go.

The chain is hashed anew, once, after it was found whole; a row at its end tells the head that it had before.
"""

import hashlib
import json
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from alembic import op

from ledger.errors import LedgerError

revision = "0002"
down_revision = "0001"

_FIRST = "0" * 64
_PARTS = ("subject", "detail")
_KEPT = ("seq", "at", "actor", "run_id", "verb", "subject_digest", "detail_digest", "previous_hash", "hash")
_KEPT_CONFIG = ("key", "version", "value", "previous", "restores", "actor", "run_id", "at")
_ERASED = "[erased]"

_LOG = sa.table(
    "audit_log",
    *(sa.column(name) for name in (*_KEPT, "subject", "subject_salt", "detail", "detail_salt")),
)
_HEAD = sa.table("audit_head", sa.column("id"), sa.column("seq"), sa.column("hash"))


def upgrade() -> None:
    is_postgres = op.get_bind().dialect.name == "postgresql"
    (_unguard_postgres if is_postgres else _unguard_sqlite)()
    with op.batch_alter_table("audit_log") as batch:
        for part in _PARTS:
            batch.alter_column(part, existing_type=sa.Text(), nullable=True)
            batch.add_column(sa.Column(f"{part}_salt", sa.String(32), nullable=True))
            batch.add_column(sa.Column(f"{part}_digest", sa.String(64), nullable=True))
    _hash_anew(op.get_bind())
    with op.batch_alter_table("audit_log") as batch:
        for part in _PARTS:
            batch.alter_column(f"{part}_digest", existing_type=sa.String(64), nullable=False)
    (_guard_postgres if is_postgres else _guard_sqlite)()


def _hash_anew(connection: sa.Connection) -> None:
    before = after = _FIRST
    row: dict[str, Any] = {}
    number = 0
    for number, seq in enumerate(connection.scalars(sa.select(_LOG.c.seq).order_by(_LOG.c.seq)).all(), start=1):
        row = dict(connection.execute(sa.select(_LOG).where(_LOG.c.seq == seq)).mappings().one())
        told = {name: row[name] for name in ("seq", "at", "actor", "run_id", "verb", "subject", "detail")}
        if seq != number or row["previous_hash"] != before or row["hash"] != _hash(told | {"previous_hash": before}):
            raise LedgerError(
                f"the audit chain is broken at row {number}, so it is not hashed anew and nothing was changed; run "
                "`weir audit verify` with the release before this one and restore the ledger from a backup"
            )
        before = row["hash"]
        row |= _digested(row) | {"previous_hash": after}
        row["hash"] = after = _hash({name: row[name] for name in _KEPT if name != "hash"})
        connection.execute(sa.update(_LOG).where(_LOG.c.seq == seq).values(**row))
    if number:
        detail = json.dumps({"former_hash": before, "rows": number}, sort_keys=True, separators=(",", ":"))
        last = {"seq": number + 1, "at": row["at"], "actor": "program:migration 0002", "run_id": None}
        last |= {"verb": "hash_anew", "subject": "audit_log", "detail": detail, "previous_hash": after}
        last |= _digested(last)
        last["hash"] = _hash({name: last[name] for name in _KEPT if name != "hash"})
        connection.execute(sa.insert(_LOG).values(**last))
        connection.execute(sa.update(_HEAD).values(seq=last["seq"], hash=last["hash"]))


def _digested(row: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in _PARTS:
        salt = token_hex(16)
        found[f"{part}_salt"] = salt
        found[f"{part}_digest"] = hashlib.sha256(f"{salt}:{row[part]}".encode()).hexdigest()
    return found


def _hash(fields: dict[str, Any]) -> str:
    content = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _unguard_sqlite() -> None:
    for name in ("audit_log_refuses_update", "audit_log_refuses_delete", "audit_log_continues", "audit_head_follows"):
        op.execute(f"DROP TRIGGER {name}")
    op.execute("DROP TRIGGER config_versions_refuses_update")


def _guard_sqlite() -> None:
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in _KEPT)
    texts = " AND ".join(
        f"((NEW.{part} IS OLD.{part} AND NEW.{part}_salt IS OLD.{part}_salt) "
        f"OR (NEW.{part} IS NULL AND NEW.{part}_salt IS NULL))"
        for part in _PARTS
    )
    op.execute(
        f"CREATE TRIGGER audit_log_refuses_update BEFORE UPDATE ON audit_log WHEN NOT ({same} AND {texts}) "
        "BEGIN SELECT RAISE(ABORT, 'audit_log only grows'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_log_refuses_delete BEFORE DELETE ON audit_log "
        "BEGIN SELECT RAISE(ABORT, 'audit_log only grows'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_log_continues BEFORE INSERT ON audit_log "
        "WHEN NOT EXISTS (SELECT 1 FROM audit_head WHERE NEW.seq = seq + 1 AND NEW.previous_hash = hash) "
        "BEGIN SELECT RAISE(ABORT, 'a row of audit_log follows its head'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head "
        "WHEN NEW.seq <> OLD.seq + 1 "
        "OR NOT EXISTS (SELECT 1 FROM audit_log WHERE audit_log.seq = NEW.seq AND audit_log.hash = NEW.hash) "
        "BEGIN SELECT RAISE(ABORT, 'audit_head follows the last row of audit_log'); END"
    )
    kept = " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in _KEPT_CONFIG)
    op.execute(
        f"CREATE TRIGGER config_versions_refuses_update BEFORE UPDATE ON config_versions "
        f"WHEN NOT ({kept} AND NEW.reason = '{_ERASED}') "
        "BEGIN SELECT RAISE(ABORT, 'config_versions only grows'); END"
    )


def _unguard_postgres() -> None:
    for table in ("audit_log", "config_versions"):
        op.execute(f"DROP TRIGGER {table}_only_grows ON {table}")
    op.execute("DROP TRIGGER audit_log_continues ON audit_log")
    op.execute("DROP TRIGGER audit_head_follows ON audit_head")


def _guard_postgres() -> None:
    same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _KEPT)
    texts = " AND ".join(
        f"((NEW.{part} IS NOT DISTINCT FROM OLD.{part} AND NEW.{part}_salt IS NOT DISTINCT FROM OLD.{part}_salt) "
        f"OR (NEW.{part} IS NULL AND NEW.{part}_salt IS NULL))"
        for part in _PARTS
    )
    kept = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _KEPT_CONFIG)
    erased = f"{kept} AND NEW.reason = '{_ERASED}'"
    for table, allowed in (("audit_log", f"{same} AND {texts}"), ("config_versions", erased)):
        op.execute(
            f"""
            CREATE FUNCTION ledger_{table}_only_erases() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'UPDATE' AND {allowed} THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION ledger_{table}_only_erases()"
        )
    op.execute(
        "CREATE TRIGGER audit_log_continues BEFORE INSERT ON audit_log "
        "FOR EACH ROW EXECUTE FUNCTION ledger_audit_continues()"
    )
    op.execute(
        "CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head "
        "FOR EACH ROW EXECUTE FUNCTION ledger_head_follows()"
    )
