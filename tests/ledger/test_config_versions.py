"""Config versions: nothing is overwritten, going back is a new version, stale and forbidden changes leave no trace."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select

from ledger.actors import Actor
from ledger.audit import verify
from ledger.config import all_config, config_history, get_config, rollback_config, set_config
from ledger.config_keys import CONFIG_KEYS, Value
from ledger.errors import ConfigRefused, LedgerError, StaleVersion
from ledger.tables import AuditRow, ConfigVersionRow
from ledger.transaction import reading, writing

AT = datetime(2026, 11, 1, 6, 0, 0, 123456, tzinfo=UTC)
ANNA = Actor.person("anna")
BUILDS = "publish.keep_builds"


def clock() -> datetime:
    return AT


def put(ledger: Engine, name: str, value: Value, *, actor: Actor = ANNA, reason: str = "trying", **more: Any) -> int:
    with writing(ledger, actor=actor, clock=clock, run_id="run-1") as turn:
        return set_config(turn, name, value, reason=reason, **more).version


def back(ledger: Engine, name: str, to_version: int, **more: Any) -> tuple[Value, int]:
    with writing(ledger, actor=more.pop("actor", ANNA), clock=clock) as turn:
        now = rollback_config(turn, name, to_version=to_version, reason="it was better", **more)
        return now.value, now.version


def holds(ledger: Engine, name: str) -> tuple[Value, int]:
    with reading(ledger) as session:
        now = get_config(session, name)
        return now.value, now.version


def audited(ledger: Engine) -> list[tuple[str, str, str]]:
    with reading(ledger) as session:
        assert verify(session).broken is None
        return [(row.actor, row.verb, row.subject) for row in session.scalars(select(AuditRow).order_by(AuditRow.seq))]


def test_before_anything_is_set_the_defaults_hold(ledger: Engine) -> None:
    with reading(ledger) as session:
        assert [(each.key.name, each.value, each.version) for each in all_config(session)] == [
            (key.name, key.default, 0) for key in CONFIG_KEYS
        ]


def test_every_version_is_kept_with_who_why_when_and_what_held_before(ledger: Engine) -> None:
    assert put(ledger, "spend.day_cap_usd", Decimal("40.50"), reason=" slow month ") == 1
    assert put(ledger, "spend.day_cap_usd", Decimal("45")) == 2
    assert back(ledger, "spend.day_cap_usd", 1) == (Decimal("40.5"), 3)
    assert back(ledger, "spend.day_cap_usd", 0) == (Decimal("50"), 4)
    assert holds(ledger, "spend.day_cap_usd") == (Decimal("50"), 4)
    with reading(ledger) as session:
        history = config_history(session, "spend.day_cap_usd")
    assert [(each.version, each.value, each.previous, each.restores) for each in history] == [
        (4, "50", "40.5", 0),
        (3, "40.5", "45", 1),
        (2, "45", "40.5", None),
        (1, "40.5", "50", None),
    ]
    first = history[-1]
    assert (first.actor, first.reason, first.run_id, first.at) == ("person:anna", "slow month", "run-1", AT)
    assert audited(ledger) == [
        ("person:anna", "set_config", "spend.day_cap_usd"),
        ("person:anna", "set_config", "spend.day_cap_usd"),
        ("person:anna", "rollback_config", "spend.day_cap_usd"),
        ("person:anna", "rollback_config", "spend.day_cap_usd"),
    ]


def test_setting_what_already_holds_is_no_new_version(ledger: Engine) -> None:
    assert put(ledger, BUILDS, 5) == 1  # the default, but now somebody has said so
    assert put(ledger, BUILDS, 5) == 1
    assert back(ledger, BUILDS, 1) == (5, 1)
    assert len(audited(ledger)) == 1


def test_keys_have_versions_of_their_own(ledger: Engine) -> None:
    assert put(ledger, BUILDS, 7) == 1
    assert put(ledger, "checks.freshness_hours", 12) == 1
    assert holds(ledger, BUILDS) == (7, 1)


@pytest.mark.parametrize("actor", [Actor.program("tick"), Actor.model("reviewer")])
@pytest.mark.parametrize(("name", "value"), [("autonomy", "full"), ("spend.day_cap_usd", Decimal("1"))])
def test_only_a_person_sets_what_is_for_people(ledger: Engine, actor: Actor, name: str, value: Value) -> None:
    with pytest.raises(ConfigRefused, match=f"only a person may set {name}"):
        put(ledger, name, value, actor=actor)
    with pytest.raises(ConfigRefused, match="only a person"):
        back(ledger, name, 0, actor=actor)
    assert holds(ledger, name)[1] == 0
    assert audited(ledger) == []


def test_a_program_may_set_what_is_not(ledger: Engine) -> None:
    assert put(ledger, BUILDS, 9, actor=Actor.program("tick")) == 1


@pytest.mark.parametrize(
    ("name", "value", "more", "error"),
    [
        (BUILDS, 1, {}, ConfigRefused),
        (BUILDS, "7", {}, ConfigRefused),
        (BUILDS, 7, {"reason": "  "}, ConfigRefused),
        (BUILDS, 7, {"expected_version": 1}, StaleVersion),
        ("spend.month_cap_usd", Decimal("3000.01"), {}, ConfigRefused),
        ("no.such.key", 1, {}, LedgerError),
    ],
)
def test_a_refused_change_leaves_no_trace(
    ledger: Engine, name: str, value: Value, more: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        put(ledger, name, value, **more)
    with reading(ledger) as session:
        assert session.scalars(select(ConfigVersionRow)).all() == []
    assert audited(ledger) == []


def test_a_change_from_an_old_look_is_refused(ledger: Engine) -> None:
    looked_at = put(ledger, BUILDS, 7)
    put(ledger, BUILDS, 8)
    with pytest.raises(StaleVersion, match="at version 2, not 1"):
        put(ledger, BUILDS, 9, expected_version=looked_at)
    assert put(ledger, BUILDS, 9, expected_version=2) == 3


def test_there_is_no_going_back_to_what_never_was(ledger: Engine) -> None:
    put(ledger, BUILDS, 7)
    with pytest.raises(ConfigRefused, match="has no version 2; its versions are 0 to 1"):
        back(ledger, BUILDS, 2)


def test_an_old_value_outside_todays_bounds_cannot_come_back(ledger: Engine) -> None:
    with ledger.begin() as connection:
        old = {"key": BUILDS, "value": 500, "previous": 5, "actor": "person:anna", "reason": "then allowed", "at": AT}
        connection.execute(ConfigVersionRow.__table__.insert(), [old | {"version": 1}])
        connection.execute(ConfigVersionRow.__table__.insert(), [old | {"version": 2, "value": 7, "previous": 500}])
    assert holds(ledger, BUILDS) == (7, 2)
    with pytest.raises(ConfigRefused, match="from 2 to 100"):
        back(ledger, BUILDS, 1)


def test_several_changes_of_one_transaction_stand_or_fall_together(ledger: Engine) -> None:
    def change_two() -> None:
        with writing(ledger, actor=ANNA, clock=clock) as turn:
            set_config(turn, BUILDS, 7, reason="both")
            set_config(turn, "checks.freshness_hours", 0, reason="both")

    with pytest.raises(ConfigRefused):
        change_two()
    assert holds(ledger, BUILDS) == (5, 0)
    assert audited(ledger) == []
