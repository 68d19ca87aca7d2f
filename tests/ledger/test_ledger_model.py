"""The ledger against a model of it in plain dictionaries: any sequence of verbs, on either engine, ends up the same."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text

from ledger.actors import Actor
from ledger.alerts import claim_alert, confirm_alert, open_alerts, resolve_alert
from ledger.audit import Head, verify
from ledger.config import config_history, get_config, rollback_config, set_config
from ledger.connect import upgrade
from ledger.tables import Base
from ledger.transaction import Writing, reading, writing
from ledger.watermarks import advance_watermark, list_watermarks

START = datetime(2026, 11, 1, tzinfo=UTC)
KEYS = {"publish.keep_builds": 5, "checks.freshness_hours": 26}
KEY = st.sampled_from(sorted(KEYS))
CAUSE = st.sampled_from(["a", "b"])
ENTITY = st.sampled_from(["ads", "ad_daily"])


def empty(engine: Engine) -> None:
    """Back to before the first migration, for the next example."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("drop schema public cascade"))
            connection.execute(text("create schema public"))
        else:
            for table in (*Base.metadata.tables, "ledger_schema_version"):
                connection.execute(text(f"drop table if exists {table}"))
    upgrade(engine)


def machine_on(engine: Engine) -> type[RuleBasedStateMachine]:
    class LedgerMachine(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            empty(engine)
            self.versions: dict[str, list[int]] = {name: [default] for name, default in KEYS.items()}
            self.marks: dict[str, int] = {}
            self.alerts: dict[str, str] = {}  # cause → claimed or sent; resolved ones are gone
            self.changes = 0
            self.noted: list[Head] = []

        def write(self, verb: Any) -> Any:
            with writing(engine, actor=Actor.program("model"), clock=lambda: START) as turn:
                return verb(turn)

        @rule(name=KEY, value=st.integers(2, 100))
        def set_a_key(self, name: str, value: int) -> None:
            self.expect_version(name, value, lambda turn: set_config(turn, name, value, reason="model"))

        @rule(name=KEY, pick=st.integers(0, 10))
        def roll_a_key_back(self, name: str, pick: int) -> None:
            to = pick % len(self.versions[name])
            value = self.versions[name][to]
            self.expect_version(name, value, lambda turn: rollback_config(turn, name, to_version=to, reason="model"))

        def expect_version(self, name: str, value: int, verb: Any) -> None:
            versions = self.versions[name]
            if len(versions) == 1 or versions[-1] != value:
                versions.append(value)
                self.changes += 1
            now = self.write(verb)
            assert (now.value, now.version) == (value, len(versions) - 1)

        @rule(entity=ENTITY, day=st.integers(0, 20))
        def advance(self, entity: str, day: int) -> None:
            ahead = day > self.marks.get(entity, -1)
            if ahead:
                self.marks[entity] = day
                self.changes += 1

            def verb(turn: Writing) -> bool:
                through = START.date() + timedelta(days=day)
                return advance_watermark(
                    turn, party="p", account_id="1", entity=entity, pull_id="x", through_day=through
                )

            assert self.write(verb) is ahead

        @rule(cause=CAUSE)
        def claim(self, cause: str) -> None:
            news = cause not in self.alerts
            if news:
                self.alerts[cause] = "claimed"
                self.changes += 1
            assert self.write(lambda turn: claim_alert(turn, cause, repeat_after=None)) is news

        @precondition(lambda self: "claimed" in self.alerts.values())
        @rule()
        def confirm(self) -> None:
            cause = next(cause for cause, state in self.alerts.items() if state == "claimed")
            self.alerts[cause] = "sent"
            self.changes += 1
            self.write(lambda turn: confirm_alert(turn, cause))

        @rule(cause=CAUSE)
        def resolve(self, cause: str) -> None:
            known = self.alerts.pop(cause, None) is not None
            self.changes += known
            assert self.write(lambda turn: resolve_alert(turn, cause)) is known

        @invariant()
        def it_is_as_the_model_says(self) -> None:
            with reading(engine) as session:
                for name, versions in self.versions.items():
                    now = get_config(session, name)
                    assert (now.value, now.version) == (versions[-1], len(versions) - 1)
                    assert [each.value for each in reversed(config_history(session, name))] == versions[1:]
                    assert [each.previous for each in reversed(config_history(session, name))] == versions[:-1]
                marks: dict[str, date | None] = {mark.entity: mark.through_day for mark in list_watermarks(session)}
                assert marks == {entity: START.date() + timedelta(days=day) for entity, day in self.marks.items()}
                assert open_alerts(session) == tuple(sorted(self.alerts))
                found = verify(session)
                assert found.broken is None
                assert found.head.seq == self.changes  # every change has its audit row, and nothing else has
                for head in self.noted:
                    assert verify(session, noted=head).broken is None
                self.noted = [*self.noted[-3:], found.head]

    return LedgerMachine


def test_any_sequence_of_verbs_does_what_the_model_does(ledger: Engine) -> None:
    examples = 12 if ledger.dialect.name == "sqlite" else 6
    run_state_machine_as_test(
        machine_on(ledger),
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
