"""One spelling of a JSON value, so that equal values have equal bytes on every engine and can be hashed.

Sorted keys, no spaces, UTF-8 as it is. Floats are refused, since they have several spellings: exact numbers that are
not whole go as text.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"


def canonical_json(value: Json) -> str:
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_instant(at: datetime) -> str:
    """Always 27 characters, so that text sorts as time does: 2026-11-01T06:00:00.000000Z."""
    if at.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {at.isoformat()}")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value!r} has no one spelling as JSON; write exact numbers as text")
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{key!r} cannot be the name of a JSON member; names are text")
            _refuse_floats(each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            _refuse_floats(each)
