"""The first record: config versions, watermarks, alerts, and an audit chain whose triggers let it only grow."""

import sqlalchemy as sa
from alembic import op

from ledger.column_types import CanonicalJson, UtcInstant

revision = "0001"
down_revision = None

ONLY_GROW = ("audit_log", "config_versions")


def upgrade() -> None:
    _create_tables()
    op.execute(sa.text("INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, :hash)").bindparams(hash="0" * 64))
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgres()
    else:
        _guard_on_sqlite()


def _create_tables() -> None:
    op.create_table(
        "config_versions",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", CanonicalJson(), nullable=False),
        sa.Column("previous", CanonicalJson(), nullable=False),
        sa.Column("restores", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_config_versions_version_from_one")),
        sa.PrimaryKeyConstraint("key", "version", name=op.f("pk_config_versions")),
    )
    op.create_table(
        "watermarks",
        sa.Column("party", sa.String(100), nullable=False),
        sa.Column("account_id", sa.String(100), nullable=False),
        sa.Column("entity", sa.String(100), nullable=False),
        sa.Column("through_day", sa.Date(), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("pull_id", sa.Text(), nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.CheckConstraint("through_day IS NOT NULL OR cursor IS NOT NULL", name=op.f("ck_watermarks_somewhere")),
        sa.PrimaryKeyConstraint("party", "account_id", "entity", name=op.f("pk_watermarks")),
    )
    op.create_table(
        "alerts_sent",
        sa.Column("cause", sa.String(300), nullable=False),
        sa.Column("occurrence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opened_at", UtcInstant(), nullable=False),
        sa.Column("claimed_at", UtcInstant(), nullable=False),
        sa.Column("sent_at", UtcInstant(), nullable=True),
        sa.Column("resolved_at", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("cause", "occurrence", name=op.f("pk_alerts_sent")),
    )
    op.create_index(
        "uq_alerts_sent_open_cause",
        "alerts_sent",
        ["cause"],
        unique=True,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("verb", sa.String(100), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_log")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )


def _guard_on_sqlite() -> None:
    for table in ONLY_GROW:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
    # INSERT OR REPLACE deletes without firing delete triggers, so inserts are guarded as well.
    op.execute(
        "CREATE TRIGGER config_versions_refuses_replacement BEFORE INSERT ON config_versions "
        "WHEN EXISTS (SELECT 1 FROM config_versions WHERE key = NEW.key AND version = NEW.version) "
        "BEGIN SELECT RAISE(ABORT, 'config_versions only grows'); END"
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
    for deed in ("INSERT", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_head_refuses_{deed.lower()} BEFORE {deed} ON audit_head "
            "BEGIN SELECT RAISE(ABORT, 'audit_head is one row'); END"
        )


def _guard_on_postgres() -> None:
    op.execute(
        """
        CREATE FUNCTION ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION ledger_audit_continues() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM audit_head WHERE NEW.seq = seq + 1 AND NEW.previous_hash = hash) THEN
                RAISE EXCEPTION 'a row of audit_log follows its head' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION ledger_head_follows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.seq <> OLD.seq + 1
                OR NOT EXISTS (SELECT 1 FROM audit_log AS a WHERE a.seq = NEW.seq AND a.hash = NEW.hash) THEN
                RAISE EXCEPTION 'audit_head follows the last row of audit_log' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    for table, deeds in (("audit_log", "UPDATE OR DELETE"), ("config_versions", "UPDATE OR DELETE")):
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE {deeds} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_only_grows()"
        )
    op.execute(
        "CREATE TRIGGER audit_head_is_one_row BEFORE INSERT OR DELETE ON audit_head "
        "FOR EACH ROW EXECUTE FUNCTION ledger_only_grows()"
    )
    for table in (*ONLY_GROW, "audit_head"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_grows()"
        )
    op.execute(
        "CREATE TRIGGER audit_log_continues BEFORE INSERT ON audit_log "
        "FOR EACH ROW EXECUTE FUNCTION ledger_audit_continues()"
    )
    op.execute(
        "CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head "
        "FOR EACH ROW EXECUTE FUNCTION ledger_head_follows()"
    )
