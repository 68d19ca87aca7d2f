"""Which columns an event and a touch have, and when a row of them is taken. What a column may hold: `kinds`.

Unknown columns are kept as they came. Nothing is corrected: a row is taken as it is or refused with every reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import itemgetter
from typing import Any

from apps.collector.kinds import Amount, Bounds, Choice, Code, Instant, Kind, Object, Text, named
from apps.collector.limits import DEPTH, ID_CHARACTERS, TEXT_CHARACTERS
from connectors.landing.layout import PROBLEM

_ID = Text(ID_CHARACTERS, printable=True)
_TEXT = Text(TEXT_CHARACTERS)
_INSTANT = Instant()
_OBJECT = Object()
_PEOPLE = ("user_id", "anonymous_id")
RECEIVED = "received_at"  # added to every row that is taken
RESERVED = (RECEIVED, PROBLEM)


@dataclass(frozen=True, kw_only=True)
class Rules:
    entity: str  # also the name of the list in a request
    id_column: str
    required: frozenset[str]
    columns: Mapping[str, Kind]
    head: bytes = field(init=False)  # how a body begins that says nothing but the list

    def __post_init__(self) -> None:
        object.__setattr__(self, "head", b'{"%s":[' % self.entity.encode())

    def are_sound(self, rows: Sequence[Any], lines: Sequence[bytes], *, bounds: Bounds, row_bytes: int) -> bool:
        """Whether nothing is wrong with any row. `lines` are the rows as JSON.

        Columns are judged whole, and those of one kind together: a fifth of what asking about each value costs.
        """
        if set(map(type, rows)) != {dict} or max(map(len, lines)) > row_bytes:
            return False
        if any(name in row for row in rows for name in RESERVED):
            return False
        by_kind: dict[Kind, list[Any]] = {}
        people = 0
        for name, kind in self.columns.items():
            if name in self.required:
                try:
                    values = list(map(itemgetter(name), rows))  # None is no value of any kind
                except KeyError:
                    return False
            else:
                values = [value for row in rows if (value := row.get(name)) is not None]
            if values:
                by_kind.setdefault(kind, []).extend(values)
            if name in _PEOPLE:
                people = max(people, len(values))
        if people < len(rows) and any(all(row.get(name) is None for name in _PEOPLE) for row in rows):
            return False
        if not all(kind.are_sound(values, bounds=bounds) for kind, values in by_kind.items()):
            return False
        return _are_flat(lines, objects=len(by_kind.get(_OBJECT, ()))) or _are_shallow(lines)

    def why_not(self, row: Any, line: bytes, *, bounds: Bounds, row_bytes: int) -> list[str]:
        """Every reason against a row; empty when it is taken."""
        if type(row) is not dict:
            return [f"it is {named(row)}, not an object"]
        if len(line) > row_bytes:
            return [f"it has {len(line)} bytes, more than {row_bytes}"]
        reasons = [f"{name} is missing" for name in sorted(self.required) if row.get(name) is None]
        if all(row.get(name) is None for name in _PEOPLE):
            reasons.append("neither user_id nor anonymous_id is there")
        reasons += [f"{name} is the collector's to say; leave it out" for name in RESERVED if name in row]
        for name, value in row.items():
            kind = self.columns.get(name)
            if kind is not None and value is not None:
                why = kind.why_not(value, bounds=bounds)
                reasons += [] if why is None else [f"{name}{why}" if why.startswith(":") else f"{name} {why}"]
        if line.count(b"{") + line.count(b"[") > DEPTH and is_deeper(row, DEPTH):
            reasons.append(f"it is nested deeper than {DEPTH}")
        return reasons


def _are_flat(lines: Sequence[bytes], *, objects: int) -> bool:
    """Whether there are no containers but the rows themselves and the objects that a column of theirs is."""
    text = b"".join(lines)
    return b"[" not in text and text.count(b"{") == len(lines) + objects


def _are_shallow(lines: Sequence[bytes]) -> bool:
    """Whether no line can be nested deeper than allowed, by its brackets; those in texts and side by side count too."""
    return max(map(bytes.count, lines, repeat(b"{"))) + max(map(bytes.count, lines, repeat(b"["))) <= DEPTH


def is_deeper(value: Any, most: int) -> bool:
    level, depth = [value], 0
    while level:
        level = [each for each in level if isinstance(each, dict | list)]
        depth += bool(level)
        if depth > most:
            return True
        level = [inner for each in level for inner in _items(each)]
    return False


def _items(container: Any) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


EVENTS = Rules(
    entity="events",
    id_column="event_id",
    required=frozenset({"event_id", "event_type", "occurred_at"}),
    columns={
        "event_id": _ID,
        "user_id": _ID,
        "anonymous_id": _ID,
        "event_type": _ID,
        "occurred_at": _INSTANT,
        "source_app": _ID,
        "value": Amount(),
        "currency": Code(),
        "properties": _OBJECT,
    },
)
TOUCHES = Rules(
    entity="touches",
    id_column="touch_id",
    required=frozenset({"touch_id", "occurred_at"}),
    columns={
        "touch_id": _ID,
        "user_id": _ID,
        "anonymous_id": _ID,
        "occurred_at": _INSTANT,
        "touch_kind": Choice(("visit", "click", "view")),
        **dict.fromkeys(("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"), _TEXT),
        **dict.fromkeys(("click_id", "referrer", "landing_page"), _TEXT),
        **dict.fromkeys(("platform", "campaign_id", "ad_id", "referral_code", "offer_code"), _ID),
    },
)
