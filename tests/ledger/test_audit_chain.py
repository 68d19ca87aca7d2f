"""The audit chain only grows, and what is done to it with the database in hand shows at the first broken row."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.actors import Actor
from ledger.audit import BEFORE_THE_FIRST, Broken, Head, Verification, read_head, verify
from ledger.canonical import canonical_json
from ledger.connect import connect, upgrade
from ledger.transaction import reading, writing

REST = "run_id, verb, subject, subject_salt, subject_digest, detail, detail_salt, detail_digest, previous_hash, hash"
COLUMNS = f"seq, at, actor, {REST}"


def clock() -> datetime:
    return datetime(2026, 11, 1, 6, 0, tzinfo=UTC)


def append(ledger: Engine, count: int) -> None:
    with writing(ledger, actor=Actor.program("test"), clock=clock, run_id="run-1") as turn:
        for number in range(count):
            turn.audit("try", subject=f"thing {number}", detail={"number": number, "name": "Ärger"})


def verified(ledger: Engine, noted: Head | None = None) -> Verification:
    with reading(ledger) as session:
        return verify(session, noted=noted)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A chain of five rows and a config version that the tests below share: what they do to it is rolled back."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            address = f"sqlite:///{tmp_path_factory.mktemp('chain')}/ledger.sqlite"
        else:
            address = stack.enter_context(request.getfixturevalue("postgres_cluster").fresh_database())
        engine = connect(address)
        stack.callback(engine.dispose)
        upgrade(engine)
        append(engine, 5)
        with engine.begin() as connection:
            columns = "'k', 1, '1', '0', null, 'a', null, 'r', '2026-11-01T06:00:00.000000Z'"
            connection.execute(text(f"insert into config_versions values ({columns})"))
        yield engine


def after_tampering(chain: Engine, *statements: str, noted: Head | None = None) -> Verification:
    """What somebody does who owns the database (takes the triggers away, changes what they like), and what is found."""
    with chain.connect() as connection, connection.begin() as transaction:
        if chain.dialect.name == "sqlite":
            names = connection.execute(text("select name from sqlite_master where type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(text(f"drop trigger {name}"))
        else:
            connection.execute(text("set local session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement.replace("repeat_x", f"'{'x' * 64}'")))
        found = verify(Session(connection), noted=noted)
        transaction.rollback()
    return found


def test_a_row_has_the_published_form_of_hash(ledger: Engine) -> None:
    """Computed apart from this code, with sha256sum: first of the texts, each after its salt and a colon,

    printf '%s' '00000000000000000000000000000000:thing 0'
    printf '%s' '00000000000000000000000000000000:{"name":"Ärger","number":0}'

    and with what that gave of the row, on one line and with 64 zeros before the first:

    {"actor":"program:test","at":"2026-11-01T06:00:00.000000Z","detail_digest":"3f5c0ad730367a16a5cafb03126ca7445b4b0b4a854152de65192b22258bb5d8",
    "previous_hash":"000…000","run_id":"run-1","seq":1,
    "subject_digest":"86b10bf0e9d3793a6169296f4b86ad90e20a6bed67439b569cb3068dc1ee4d39","verb":"try"}
    """
    zeros = "0" * 32
    with writing(ledger, actor=Actor.program("test"), clock=clock, run_id="run-1", salt=lambda: zeros) as turn:
        turn.audit("try", subject="thing 0", detail={"number": 0, "name": "Ärger"})
    with reading(ledger) as session:
        assert read_head(session) == Head(
            seq=1, hash="a2c6ffcde3c320eefe0a263955dfdd2b1c31694a788058e0af5b12422e44d627"
        )


def test_an_empty_chain_and_a_long_one_are_whole(ledger: Engine) -> None:
    assert verified(ledger) == Verification(head=Head(seq=0, hash=BEFORE_THE_FIRST), broken=None)
    append(ledger, 1010)  # more than one page of the walk
    found = verified(ledger)
    assert found.broken is None
    assert found.head.seq == 1010
    assert verified(ledger, noted=found.head) == found


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_log set actor = 'nobody' where seq = 2",
        "update audit_log set seq = 9 where seq = 3",
        "delete from audit_log where seq = 3",
        "delete from audit_log",
        f"insert into audit_log ({COLUMNS}) select seq, at, 'nobody', {REST} from audit_log where seq = 2",
        f"insert into audit_log ({COLUMNS}) select 19, at, actor, {REST} from audit_log where seq = 2",
        f"insert into audit_log ({COLUMNS}) select 6, at, actor, {REST} from audit_log where seq = 5",
        "update audit_head set seq = 4",
        "update audit_head set seq = 6",
        "update audit_head set hash = 'x'",
        "delete from audit_head",
        "insert into audit_head values (1, 9, 'x')",
        "insert into config_versions values ('k', 1, '2', '1', null, 'a', null, 'r', '2026-11-01T06:00:00.000000Z')",
        "update config_versions set value = '2'",
        "delete from config_versions",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_written(chain: Engine, statement: str) -> None:
    with pytest.raises(IntegrityError), chain.begin() as connection:
        connection.execute(text(statement))
    found = verified(chain)
    assert (found.head.seq, found.broken) == (5, None)


@pytest.mark.parametrize("table", ["audit_log", "audit_head", "config_versions"])
def test_a_table_cannot_be_emptied_or_rewritten_in_one_go(chain: Engine, table: str) -> None:
    at_once = {
        "postgresql": f"truncate {table}",
        "sqlite": f"insert or replace into {table} select * from {table}",  # deletes, and fires no delete trigger
    }[chain.dialect.name]
    with pytest.raises(IntegrityError), chain.begin() as connection:
        connection.execute(text(at_once))
    assert verified(chain).head.seq == 5


@pytest.mark.parametrize(
    ("statements", "seq", "reason"),
    [
        (["update audit_log set actor = 'nobody' where seq = 3"], 3, "its content is not what was hashed"),
        (["update audit_log set at = 'garbage' where seq = 3"], 3, "its content is not what was hashed"),
        (["update audit_log set detail = 'not json' where seq = 3"], 3, "its content is not what was hashed"),
        (["update audit_log set run_id = null where seq = 3"], 3, "its content is not what was hashed"),
        (["update audit_log set hash = repeat_x where seq = 3"], 3, "its content is not what was hashed"),
        (["update audit_log set previous_hash = repeat_x where seq = 1"], 1, "it does not follow row 0"),
        (["delete from audit_log where seq = 3"], 3, "it is missing; the next row is 4"),
        (["delete from audit_log where seq = 1"], 1, "it is missing; the next row is 2"),
        (["delete from audit_log where seq > 3"], 4, "it is missing; the chain reached row 5"),
        (["delete from audit_log"], 1, "it is missing; the chain reached row 5"),
        (
            ["update audit_log set seq = 9 where seq = 2", "update audit_log set seq = 2 where seq = 3"],
            2,
            "it does not follow row 1",
        ),
        (["update audit_head set seq = 4, hash = (select hash from audit_log where seq = 4)"], 5, "without moving"),
        (["update audit_head set hash = repeat_x"], 5, "it is not the row that the head names"),
        (["delete from audit_head"], 1, "the head of the chain is missing"),
    ],
)
def test_tampering_is_found_at_the_first_broken_row(
    chain: Engine, statements: list[str], seq: int, reason: str
) -> None:
    found = after_tampering(chain, *statements)
    assert found.broken is not None
    assert found.broken.seq == seq
    assert reason in found.broken.reason
    assert found.head.seq == seq - 1
    assert verified(chain).broken is None


def test_a_chain_cut_together_with_its_head_is_found_by_a_head_noted_before(chain: Engine) -> None:
    cut = (
        "delete from audit_log where seq > 3",
        "update audit_head set seq = 3, hash = (select hash from audit_log where seq = 3)",
    )
    assert after_tampering(chain, *cut).broken is None
    found = after_tampering(chain, *cut, noted=verified(chain).head)
    assert found.broken == Broken(seq=4, reason="it is missing; the chain reached row 5")


def test_a_chain_written_anew_is_found_by_a_head_noted_before(ledger: Engine) -> None:
    append(ledger, 5)
    noted = verified(ledger).head
    triggers = {
        "sqlite": ["audit_log_refuses_delete", "audit_head_follows"],
        "postgresql": ["audit_log_only_grows on audit_log", "audit_head_follows on audit_head"],
    }[ledger.dialect.name]
    with ledger.begin() as connection:
        for trigger in triggers:
            connection.execute(text(f"drop trigger {trigger}"))
        connection.execute(text("delete from audit_log"))
        connection.execute(text(f"update audit_head set seq = 0, hash = '{BEFORE_THE_FIRST}'"))
    with writing(ledger, actor=Actor.program("somebody else"), clock=clock) as turn:
        for number in range(6):
            turn.audit("try", subject=f"thing {number}", detail={})
    assert verified(ledger).broken is None
    broken = verified(ledger, noted=noted).broken
    assert broken == Broken(seq=5, reason="it is not the row that was noted: the chain was written anew")


def test_nothing_of_a_failed_transaction_is_kept(ledger: Engine) -> None:
    append(ledger, 2)

    def fail_midway() -> None:
        with writing(ledger, actor=Actor.program("test"), clock=clock) as turn:
            turn.audit("try", subject="never", detail={})
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        fail_midway()
    assert verified(ledger).head.seq == 2


@pytest.mark.parametrize("value", [1.5, {"a": float("nan")}, [{"b": 2.0}], {1: "a"}])
def test_values_with_more_than_one_spelling_are_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_equal_values_have_equal_bytes() -> None:
    assert canonical_json({"b": [1, None, True], "a": "é"}) == canonical_json({"a": "é", "b": (1, None, True)})
    assert canonical_json({"b": [1, None, True], "a": "é"}) == '{"a":"é","b":[1,null,true]}'
