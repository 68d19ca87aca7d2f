"""A text that speaks of an erased person goes, with its salt, and the chain stays whole; nothing else can go."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

import ledger
from ledger.actors import Actor
from ledger.alerts import claim_alert, open_alerts
from ledger.audit import Head, Verification, verify
from ledger.config import config_history, set_config
from ledger.connect import TAKES_TURNS, connect, upgrade
from ledger.erasing import Speaks, TextsErased, erase_texts, forget_freed_space, is_recorded, texts_that_speak
from ledger.errors import LedgerError
from ledger.transaction import reading, writing

PERSON = "person_4711"
SPEAKS = Speaks(
    spellings=(PERSON,),
    is_named=lambda said: PERSON in said.split(" ") or f'"{PERSON}"' in said,
    replaced=lambda said: said.replace(PERSON, "erased-0"),
)
ME = Actor.program("test")
# The hashes of two rows by the rule of the first release: sha256sum of the row as canonical JSON.
FIRST = "1b4370f20937bfa8cd22838272825536cf895529ee92953323d6b16bb6908b4f"
SECOND = "4349be0f52dca7dcd311af450fa28d79257d581f60259ab693987d4a81954d90"


def clock() -> datetime:
    return datetime(2026, 11, 1, 6, 0, tzinfo=UTC)


@pytest.fixture
def record(ledger_address: str) -> Iterator[Engine]:
    engine = connect(ledger_address)
    upgrade(engine)
    yield engine
    engine.dispose()


def verified(record: Engine, noted: Head | None = None) -> Verification:
    with reading(record) as session:
        return verify(session, noted=noted)


def write_about_somebody(record: Engine) -> None:
    with writing(record, actor=ME, clock=clock) as turn:
        turn.audit("try", subject="thing 1", detail={"number": 1})
        turn.audit("try", subject=f"mail to {PERSON}", detail={"number": 2})
        turn.audit("try", subject="thing 3", detail={"to": PERSON})
        turn.audit("try", subject=f"{PERSON}0", detail={"number": 4})  # somebody else
        set_config(turn, "publish.keep_builds", 7, reason=f"asked for by {PERSON} yesterday")
        claim_alert(turn, f"no mail reaches {PERSON} now", repeat_after=None)


def erase(record: Engine) -> TextsErased:
    with writing(record, actor=ME, clock=clock) as turn:
        return erase_texts(turn, SPEAKS, erasure="erasure-1", told={"rows": 12})


def test_the_chain_is_whole_after_texts_were_erased_and_says_how_many(record: Engine) -> None:
    write_about_somebody(record)
    noted = verified(record).head
    # of the chain: one subject, one detail, and what setting the config and claiming the alert wrote down
    assert erase(record) == TextsErased(audit=4, reasons=1, causes=1)
    forget_freed_space(record)
    found = verified(record, noted=noted)
    assert (found.broken, found.erased, found.head.seq) == (None, 4, noted.seq + 1)
    with reading(record) as session:
        assert config_history(session, "publish.keep_builds")[0].reason == "[erased]"
        assert config_history(session, "publish.keep_builds")[0].value == 7
        assert open_alerts(session) == ("no mail reaches erased-0 now",)
        rows = session.execute(text("select subject, detail from audit_log where seq in (1, 4) order by seq")).all()
        assert rows == [("thing 1", '{"number":1}'), (f"{PERSON}0", '{"number":4}')]
        assert texts_that_speak(session, SPEAKS)[1] == 0
        assert is_recorded(session, "erasure-1")
        assert not is_recorded(session, "erasure-2")


def test_texts_that_speak_are_counted_before(record: Engine) -> None:
    write_about_somebody(record)
    with reading(record) as session:
        # two rows of the chain, the reason and its row's detail, the cause and its row's subject
        assert texts_that_speak(session, SPEAKS)[1] == 6


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_log set subject = 'other' where seq = 2",
        "update audit_log set subject = null where seq = 2",
        "update audit_log set subject_salt = null where seq = 2",
        "update audit_log set subject = null, subject_salt = null, actor = 'x' where seq = 2",
        "update audit_log set subject = null, subject_salt = null, subject_digest = 'x' where seq = 2",
        "update audit_log set subject = null, subject_salt = null, verb = 'x' where seq = 2",
        "update config_versions set reason = 'better'",
        "update config_versions set reason = '[erased]', actor = 'x'",
        "delete from audit_log where seq = 2",
    ],
)
def test_nothing_but_a_text_with_its_salt_can_go(record: Engine, statement: str) -> None:
    write_about_somebody(record)
    with pytest.raises(IntegrityError), record.begin() as connection:
        connection.execute(text(statement))
    assert verified(record).broken is None


def test_a_text_that_went_without_an_erasure_telling_of_it_breaks_the_chain(record: Engine) -> None:
    write_about_somebody(record)
    erase(record)
    with record.begin() as connection:
        connection.execute(text("update audit_log set detail = null, detail_salt = null where seq = 1"))
    broken = verified(record).broken
    assert broken is not None
    assert (broken.seq, broken.reason) == (1, "its detail is gone, and no erasure tells of it")


def test_an_erased_text_cannot_be_put_back_or_replaced(record: Engine) -> None:
    write_about_somebody(record)
    erase(record)
    with pytest.raises(IntegrityError), record.begin() as connection:
        connection.execute(text("update audit_log set subject = 'another', subject_salt = 'a' where seq = 2"))


def test_the_files_of_sqlite_hold_nothing_of_it_any_more(tmp_path: Path) -> None:
    record = connect(f"sqlite:///{tmp_path}/ledger.sqlite")
    upgrade(record)
    write_about_somebody(record)
    erase(record)
    forget_freed_space(record)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert kept.count(PERSON.encode()) == 1  # the row about somebody else
    record.dispose()


@pytest.fixture
def first_release(empty_ledger: Engine) -> Engine:
    """A ledger as the release before this one left it, with two rows of its kind."""
    with empty_ledger.execution_options(**{TAKES_TURNS: True}).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(ledger.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        before = "0" * 64
        for seq, hash_ in ((1, FIRST), (2, SECOND)):
            connection.execute(
                text(
                    "insert into audit_log (seq, at, actor, run_id, verb, subject, detail, previous_hash, hash) values "
                    "(:seq, '2026-11-01T06:00:00.000000Z', 'program:test', null, 'try', :subject, '{}', :before, :hash)"
                ),
                {"seq": seq, "subject": f"thing {seq}", "before": before, "hash": hash_},
            )
            connection.execute(text("update audit_head set seq = :seq, hash = :hash"), {"seq": seq, "hash": hash_})
            before = hash_
    return empty_ledger


def test_the_chain_of_the_release_before_is_hashed_anew_and_tells_its_former_head(first_release: Engine) -> None:
    upgrade(first_release)
    found = verified(first_release)
    assert (found.broken, found.head.seq, found.erased) == (None, 3, 0)
    with reading(first_release) as session:
        rows = session.execute(text("select seq, verb, subject, detail from audit_log order by seq")).all()
    assert rows == [
        (1, "try", "thing 1", "{}"),
        (2, "try", "thing 2", "{}"),
        (3, "hash_anew", "audit_log", f'{{"former_hash":"{SECOND}","rows":2}}'),
    ]


def test_a_chain_that_is_broken_is_not_hashed_anew(first_release: Engine) -> None:
    trigger = (
        "audit_log_refuses_update" if first_release.dialect.name == "sqlite" else "audit_log_only_grows on audit_log"
    )
    with first_release.begin() as connection:
        connection.execute(text(f"drop trigger {trigger}"))
        connection.execute(text("update audit_log set actor = 'somebody' where seq = 2"))
        restored = "create trigger audit_log_refuses_update before update on audit_log begin select 1; end"
        if first_release.dialect.name == "postgresql":
            restored = (
                "create trigger audit_log_only_grows before update or delete on audit_log "
                "for each row execute function ledger_only_grows()"
            )
        connection.execute(text(restored))
    with pytest.raises(LedgerError, match="broken at row 2, so it is not hashed anew"):
        upgrade(first_release)
    with first_release.connect() as connection:
        assert connection.execute(text("select actor from audit_log where seq = 2")).scalar() == "somebody"
