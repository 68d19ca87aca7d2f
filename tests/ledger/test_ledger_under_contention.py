"""Many writers, killed writers: one chain, no lost version, no watermark moved back, and nothing half done."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from ledger.actors import Actor
from ledger.alerts import claim_alert
from ledger.audit import verify
from ledger.config import config_history, get_config, set_config
from ledger.errors import StaleVersion
from ledger.tables import AuditRow
from ledger.transaction import reading, writing
from ledger.watermarks import advance_watermark, read_watermark

FIRST = date(2026, 1, 1)
KEY = "checks.freshness_hours"


def clock() -> datetime:
    return datetime(2026, 11, 1, 6, 0, tzinfo=UTC)


def test_threads_keep_one_chain_and_the_furthest_watermark(ledger: Engine) -> None:
    moved: list[bool] = []
    gate = threading.Barrier(6)

    def pull(thread: int) -> None:
        gate.wait()
        for step in range(12):
            day = FIRST + timedelta(days=(step * 6 + thread) % 37)
            with writing(ledger, actor=Actor.program(f"thread {thread}"), clock=clock) as turn:
                moved.append(
                    advance_watermark(
                        turn, party="p", account_id="a", entity="e", pull_id=f"{thread}/{step}", through_day=day
                    )
                )

    threads = [threading.Thread(target=pull, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(moved) == 72
    with reading(ledger) as session:
        assert verify(session).broken is None
        assert session.scalar(select(func.count()).select_from(AuditRow)) == sum(moved)
        mark = read_watermark(session, party="p", account_id="a", entity="e")
        days = session.scalars(select(AuditRow.detail).order_by(AuditRow.seq)).all()
    assert mark is not None
    assert mark.through_day == FIRST + timedelta(days=36)
    reached = [detail.split('"through_day":"')[-1][:10] for detail in days]
    assert reached == sorted(set(reached))


def test_processes_lose_no_increment(ledger: Engine, start_program: Any) -> None:
    """Each adds one, ten times, by look and compare-and-set; lost updates would leave the sum short."""
    ledger.dispose()
    body = f"""
        from ledger.errors import StaleVersion
        print("ready", flush=True)
        sys.stdin.readline()
        added = 0
        while added < 10:
            with reading(engine) as session:
                now = get_config(session, "{KEY}")
            try:
                with writing(engine, actor=me, clock=clock) as turn:
                    set_config(turn, "{KEY}", now.value + 1, reason="one more", expected_version=now.version)
                added += 1
            except StaleVersion:
                pass
    """
    programs = [start_program(body) for _ in range(3)]
    for program in programs:
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        program.stdin.write("go\n")
        program.stdin.flush()
    for program in programs:
        assert program.communicate()[1] == ""
    with reading(ledger) as session:
        now = get_config(session, KEY)
        assert (now.value, now.version) == (26 + 30, 30)
        assert [each.version for each in config_history(session, KEY)] == list(range(30, 0, -1))
        assert verify(session).head.seq == 30


def test_of_many_that_saw_the_same_cause_one_tells_it(ledger: Engine) -> None:
    told: list[bool] = []
    gate = threading.Barrier(8)

    def notice() -> None:
        gate.wait()
        with writing(ledger, actor=Actor.program("sensor"), clock=clock) as turn:
            told.append(claim_alert(turn, "auth_expired/x", repeat_after=None))

    threads = [threading.Thread(target=notice) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False] * 7 + [True]


def test_a_writer_killed_between_any_two_steps_leaves_nothing_and_blocks_nobody(
    ledger: Engine, start_program: Any
) -> None:
    """The child dies after its first statement, then after its second, and so on, until one lives to commit."""
    ledger.dispose()
    body = f"""
        engine.dispose()
        for line in sys.stdin:
            child = os.fork()
            if child == 0:
                statements = []
                @event.listens_for(engine, "after_cursor_execute")
                def stop(connection, cursor, statement, *rest):
                    if statement.startswith(("SELECT", "INSERT", "UPDATE")) and "pg_catalog" not in statement:
                        statements.append(statement)
                        if len(statements) == int(line):
                            os.kill(os.getpid(), 9)
                with writing(engine, actor=me, clock=clock) as turn:
                    set_config(turn, "{KEY}", 20, reason="may be killed")
                os._exit(0)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    """
    program = start_program(body)
    steps = 0
    ended = -9
    while ended == -9:
        steps += 1
        program.stdin.write(f"{steps}\n")
        program.stdin.flush()
        ended = int(program.stdout.readline())
        if ended == -9:
            with writing(ledger, actor=Actor.person("test"), clock=clock) as turn:
                set_config(turn, KEY, 100 + steps, reason="nobody is in the way")
            with reading(ledger) as session:
                assert [each.value for each in config_history(session, KEY)] == [100 + n for n in range(steps, 0, -1)]
                assert (verify(session).head.seq, verify(session).broken) == (steps, None)
    assert steps == 6  # five to be killed at: take the turn, look, write the version, the audit row, the head
    with reading(ledger) as session:
        assert (get_config(session, KEY).value, verify(session).head.seq) == (20, 6)


def test_a_writer_killed_right_after_its_commit_has_written(ledger: Engine, start_program: Any) -> None:
    body = f"""
        with writing(engine, actor=me, clock=clock) as turn:
            set_config(turn, "{KEY}", 20, reason="committed")
        os.kill(os.getpid(), 9)
    """
    assert start_program(body).wait() == -9
    with reading(ledger) as session:
        assert get_config(session, KEY).value == 20
        assert (verify(session).head.seq, verify(session).broken) == (1, None)


def test_a_reader_sees_one_instant_and_holds_no_writer_up(ledger: Engine) -> None:
    with reading(ledger) as session:
        before = get_config(session, KEY).version
        with writing(ledger, actor=Actor.person("test"), clock=clock) as turn:
            set_config(turn, KEY, 20, reason="meanwhile")
        assert get_config(session, KEY).version == before
    with reading(ledger) as session:
        assert get_config(session, KEY).version == 1


def test_a_stale_expectation_is_refused_across_transactions(ledger: Engine) -> None:
    def change() -> None:
        with writing(ledger, actor=Actor.person("test"), clock=clock) as turn:
            set_config(turn, KEY, 20, reason="first", expected_version=0)

    change()
    with pytest.raises(StaleVersion):
        change()
