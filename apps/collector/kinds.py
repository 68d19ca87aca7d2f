"""What a column of an event may hold, each kind judged twice: a whole column at once, and one value with its reason.

A batch is nearly always sound, and asking Python about columns costs a fifth of asking about values; only a batch with
something wrong in it is asked value by value. Both ways must agree: a property test holds them together.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.collector.instants import are_instants, is_instant, parsed, why_no_instant, written

_DECIMAL = re.compile(r"[+-]?\d{1,28}(\.\d{1,9})?", re.ASCII)
_TOO_GREAT = 10**29  # what decimal(38, 9) cannot hold any more
_PRINTABLE = bytes(range(0x20, 0x7F))
_CODE = re.compile(r"[A-Z][A-Z0-9]{2,11}")


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Which instants are taken, at the moment a batch is judged."""

    oldest: datetime
    newest: datetime


class Kind(ABC):
    @abstractmethod
    def why_not(self, value: Any, *, bounds: Bounds) -> str | None:
        """What is wrong with a value that is there, or None. Follows the column's name in a sentence."""

    def are_sound(self, values: Sequence[Any], *, bounds: Bounds) -> bool:
        """Whether nothing is wrong with any of them. None is not among them."""
        return all(self.why_not(value, bounds=bounds) is None for value in values)


@dataclass(frozen=True)
class Text(Kind):
    longest: int
    printable: bool = False  # what is a name or an identifier: not empty, no control characters

    def why_not(self, value: Any, *, bounds: Bounds) -> str | None:
        if type(value) is not str:
            return f"is {named(value)}, not text"
        if len(value) > self.longest:
            return f"has {len(value)} characters, more than {self.longest}"
        if self.printable and not value:
            return "is empty"
        if self.printable and not value.isprintable():
            return "holds characters that cannot be printed"
        return None

    def are_sound(self, values: Sequence[Any], *, bounds: Bounds) -> bool:
        try:
            together = "".join(values)
        except TypeError:  # something in it is no text
            return False
        if max(map(len, values)) > self.longest:
            return False
        return not self.printable or ("" not in values and _are_printable(together))


def _are_printable(text: str) -> bool:
    """`str.isprintable`, and twice as quick for what is ASCII."""
    return not text.encode().translate(None, _PRINTABLE) if text.isascii() else text.isprintable()


@dataclass(frozen=True)
class Instant(Kind):
    def why_not(self, value: Any, *, bounds: Bounds) -> str | None:
        if type(value) is not str:
            return f"is {named(value)}, not an instant as text"
        at = parsed(value) if is_instant(value) else None
        if at is None:
            return f": {why_no_instant(value)}"
        if at > bounds.newest:
            return f"{value} lies ahead of the collector's clock (up to {written(bounds.newest)} is taken)"
        if at < bounds.oldest:
            return f"{value} is too long ago (from {written(bounds.oldest)} on is taken; bring older ones as a file)"
        return None

    def are_sound(self, values: Sequence[Any], *, bounds: Bounds) -> bool:
        if set(map(type, values)) != {str} or not are_instants(values):
            return False
        try:
            instants = list(map(datetime.fromisoformat, values))
        except ValueError:
            return False
        return bounds.oldest <= min(instants) and max(instants) <= bounds.newest


@dataclass(frozen=True)
class Amount(Kind):
    def why_not(self, value: Any, *, bounds: Bounds) -> str | None:
        if type(value) is str:
            return None if _DECIMAL.fullmatch(value) else f'is "{value[:40]}", not a decimal such as "12.90"'
        if type(value) not in (int, float, Decimal):
            return f"is {named(value)}, not a number"
        return None if -_TOO_GREAT < value < _TOO_GREAT else "is too great a number"


@dataclass(frozen=True)
class Code(Kind):
    def why_not(self, value: Any, *, bounds: Bounds) -> str | None:
        if type(value) is str and _CODE.fullmatch(value):
            return None
        return f"is {named(value)}, not a currency's or token's code such as EUR"


@dataclass(frozen=True)
class Object(Kind):
    def why_not(self, value: Any, *, bounds: Bounds) -> str | None:
        return None if type(value) is dict else f"is {named(value)}, not an object"

    def are_sound(self, values: Sequence[Any], *, bounds: Bounds) -> bool:
        return set(map(type, values)) == {dict}


@dataclass(frozen=True)
class Choice(Kind):
    words: tuple[str, ...]

    def why_not(self, value: Any, *, bounds: Bounds) -> str | None:
        if type(value) is str and value in self.words:
            return None
        return f"is {named(value)}, not one of {', '.join(self.words)}"


def named(value: Any) -> str:
    """A value as a reason may quote it: short, and never a container's content."""
    if isinstance(value, str):
        return f'"{value[:40]}"'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int | float | Decimal):
        return f"the number {str(value)[:40]}"
    return "an object" if isinstance(value, dict) else "a list"
