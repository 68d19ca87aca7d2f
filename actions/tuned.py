"""What people have tuned, in the types that rules take: read from the ledger's config at the moment of use.

What each key means, its default and its bounds are said in `ledger.config_keys`; no number lives here.
"""

from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from actions.house import House
from ledger.config import get_config
from ledger.transaction import reading

T = TypeVar("T", int, Decimal)


def tolerated_age(house: House) -> timedelta:
    """How old the last pull that landed may be."""
    return timedelta(hours=_tuned(house, "checks.freshness_hours", int))


def tolerated_silence(house: House) -> timedelta:
    """How long a source that nobody asks may say nothing."""
    return timedelta(hours=_tuned(house, "checks.silence_hours", int))


def lowest_volume_share(house: House) -> float:
    """The least share of its usual rows that a day may have."""
    return float(_tuned(house, "checks.lowest_volume_share", Decimal))


def alerts_repeat_after(house: House) -> timedelta:
    return timedelta(hours=_tuned(house, "alerts.repeat_after_hours", int))


def builds_to_keep(house: House) -> int:
    return _tuned(house, "publish.keep_builds", int)


def _tuned(house: House, name: str, kind: type[T]) -> T:
    with reading(house.ledger) as session:
        value = get_config(session, name).value
    if not isinstance(value, kind):
        raise TypeError(f"{name} is read as {kind.__name__}, but its key says {type(value).__name__}")
    return value
