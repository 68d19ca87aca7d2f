"""One alert for each cause at a real receiver: told once, and again only when that is news; its address is a secret."""

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actions.alert_owners import Alert, AlertNotDelivered, alert_owners, all_clear
from actions.house import House, open_house
from ledger.actors import Actor
from ledger.alerts import open_alerts
from ledger.config import set_config
from ledger.transaction import reading, writing

ALERT = Alert(cause="step pull", text="step pull: the token was revoked", owners=("team:growth",), link="/runs/1")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def the_house(home: Path, address: str, *, slept: list[float] | None = None, now: datetime = NOON) -> House:
    house = open_house({"WEIR_HOME": str(home), "WEIR_ALERT_WEBHOOK_URL": address})
    return replace(house, clock=lambda: now, sleep=(slept if slept is not None else []).append)


def test_a_cause_is_told_once_with_what_happened_whom_it_concerns_and_where_to_look(
    tmp_path: Path, receiver: Any
) -> None:
    house = the_house(tmp_path, receiver.address)
    assert alert_owners(house, ALERT) == "told"
    assert alert_owners(house, replace(ALERT, text="the same trouble, seen by another run")) == "already told"
    assert receiver.received == [
        {"text": "step pull: the token was revoked (team:growth)", "cause": "step pull", "link": "/runs/1"}
    ]


def test_a_cause_that_comes_back_after_it_was_over_is_news(tmp_path: Path, receiver: Any) -> None:
    house = the_house(tmp_path, receiver.address)
    alert_owners(house, ALERT)
    assert all_clear(house, ["step pull", "step other"]) == ("step pull",)
    assert all_clear(house, ["step pull"]) == ()
    assert alert_owners(house, ALERT) == "told"
    assert len(receiver.received) == 2


def test_an_open_cause_is_told_again_after_the_configured_hours(tmp_path: Path, receiver: Any) -> None:
    house = the_house(tmp_path, receiver.address)
    alert_owners(house, ALERT)
    with writing(house.ledger, actor=Actor.person("test"), clock=house.clock) as turn:
        set_config(turn, "alerts.repeat_after_hours", 2, reason="a test")
    before = the_house(tmp_path, receiver.address, now=NOON + timedelta(hours=1, minutes=59))
    after = the_house(tmp_path, receiver.address, now=NOON + timedelta(hours=2))
    assert alert_owners(before, ALERT) == "already told"
    assert alert_owners(after, ALERT) == "told"


def test_without_an_address_nobody_is_told_and_nothing_is_remembered(tmp_path: Path) -> None:
    house = open_house({"WEIR_HOME": str(tmp_path)})
    assert alert_owners(house, ALERT) == "nobody to tell"
    with reading(house.ledger) as session:
        assert open_alerts(session) == ()


def test_a_receiver_that_stumbles_is_tried_again(tmp_path: Path, receiver: Any) -> None:
    slept: list[float] = []
    receiver.answers = [503, 429]
    assert alert_owners(the_house(tmp_path, receiver.address, slept=slept), ALERT) == "told"
    assert (len(receiver.received), slept) == (3, [2.0, 8.0])


@pytest.mark.parametrize(
    ("answers", "tries", "why"),
    [([500, 500, 500], 3, "HTTP 500"), ([404], 1, "HTTP 404")],
    ids=["down for longer", "a wrong address"],
)
def test_an_alert_that_was_not_taken_says_so_without_the_address(
    tmp_path: Path, receiver: Any, answers: list[int], tries: int, why: str
) -> None:
    receiver.answers = list(answers)
    with pytest.raises(AlertNotDelivered) as raised:
        alert_owners(the_house(tmp_path, receiver.address), ALERT)
    assert len(receiver.received) == tries
    assert str(raised.value) == (
        f"the alert about 'step pull' was not taken by the address in WEIR_ALERT_WEBHOOK_URL ({why})"
    )
    assert_nothing_quotes(raised.value, receiver.secret)


def test_nobody_listening_is_said_without_the_address(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}/hook-nobody"
    with pytest.raises(AlertNotDelivered, match="ConnectError") as raised:
        alert_owners(the_house(tmp_path, address), ALERT)
    assert_nothing_quotes(raised.value, "hook-nobody")


def test_an_alert_that_was_not_taken_is_told_when_its_cause_comes_up_later(tmp_path: Path, receiver: Any) -> None:
    receiver.answers = [404]
    with pytest.raises(AlertNotDelivered):
        alert_owners(the_house(tmp_path, receiver.address), ALERT)
    assert alert_owners(the_house(tmp_path, receiver.address, now=NOON + timedelta(minutes=6)), ALERT) == "told"


def test_the_ledger_never_holds_the_address(tmp_path: Path, receiver: Any) -> None:
    alert_owners(the_house(tmp_path, receiver.address), ALERT)
    assert receiver.secret not in repr(the_house(tmp_path, receiver.address))
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or receiver.secret.encode() not in file.read_bytes()


def assert_nothing_quotes(error: BaseException | None, secret: str) -> None:
    while error is not None:
        assert secret not in str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
