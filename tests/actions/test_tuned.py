"""What people tune in the ledger is what the rules get, in their units; what nobody tuned has its default."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from actions.house import House, open_house
from actions.tuned import alerts_repeat_after, builds_to_keep, lowest_volume_share, tolerated_age, tolerated_silence
from ledger.actors import Actor
from ledger.config import set_config
from ledger.transaction import writing


@pytest.mark.parametrize(
    ("read", "key", "default", "tuned", "expected"),
    [
        (tolerated_age, "checks.freshness_hours", timedelta(hours=26), 3, timedelta(hours=3)),
        (tolerated_silence, "checks.silence_hours", timedelta(hours=6), 48, timedelta(hours=48)),
        (alerts_repeat_after, "alerts.repeat_after_hours", timedelta(days=1), 48, timedelta(days=2)),
        (builds_to_keep, "publish.keep_builds", 5, 2, 2),
        (lowest_volume_share, "checks.lowest_volume_share", 0.5, Decimal("0.25"), 0.25),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_tuned_value_holds_from_its_next_reading(
    tmp_path: Path, read: Callable[[House], Any], key: str, default: Any, tuned: Any, expected: Any
) -> None:
    house = open_house({"WEIR_HOME": str(tmp_path)})
    assert read(house) == default
    with writing(house.ledger, actor=Actor.person("test"), clock=house.clock) as turn:
        set_config(turn, key, tuned, reason="a test")
    assert read(house) == expected
