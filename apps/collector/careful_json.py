"""Reads JSON with care for what quick readers pass over: repeated keys, digits that get lost, halves of surrogates.

What is wrong with a part is kept in its place as `Unsound`, so that the rest of the batch can go on.
"""

import json
import math
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn

_LONGEST_NUMBER = 60  # characters; decimals and whole numbers of 38 digits fit well
_DIGITS_OF_A_DOUBLE = 15  # that many always come back as they went in
_TOO_GREAT = "is a number too great or too long to be kept"
_half_a_pair = re.compile(rb"\\u[dD][89a-fA-F]").search


class NotJson(Exception):
    """The whole text cannot be read; the message says where and why."""


class Unsound(dict[str, Any]):
    """A part that was read, and why it is not taken. What could be read of it is the content."""

    def __init__(self, why: str, content: dict[str, Any]) -> None:
        super().__init__(content)
        self.why = why


@dataclass
class CarefulReading:
    """What was read. `flaws_of` gives every reason against a part of it; most texts have none anywhere."""

    value: Any = None
    _may_have_flaws: bool = field(default=False, repr=False)

    def flaws_of(self, part: Any) -> list[str]:
        return _flaws(part) if self._may_have_flaws else []

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) == len(pairs):
            return content
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                break
            seen.add(key)
        return self._unsound(f'holds the key "{key[:40]}" more than once', content)

    def decimal(self, text: str) -> Any:
        value = float(text)
        if len(text) <= _DIGITS_OF_A_DOUBLE and "e" not in text and "E" not in text:
            return value
        if math.isinf(value) or len(text) > _LONGEST_NUMBER:
            return self._unsound(_TOO_GREAT, {})
        exact = Decimal(text)
        return value if Decimal(repr(value)) == exact else exact

    def whole(self, text: str) -> Any:
        return int(text) if len(text) <= _LONGEST_NUMBER else self._unsound(_TOO_GREAT, {})

    def _unsound(self, why: str, content: dict[str, Any]) -> Unsound:
        self._may_have_flaws = True
        return Unsound(why, content)


def read_carefully(body: bytes) -> CarefulReading:
    reading = CarefulReading(_may_have_flaws=_half_a_pair(body) is not None)
    try:
        reading.value = json.loads(
            body.decode(),
            object_pairs_hook=reading.object,
            parse_float=reading.decimal,
            parse_int=reading.whole,
            parse_constant=_not_a_number,
        )
    except UnicodeDecodeError as error:
        raise NotJson(f"byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos}") from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    return reading


def _flaws(value: Any) -> list[str]:
    reasons: list[str] = []
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Unsound):
            reasons.append(f"a part of it {part.why}")
        if isinstance(part, str) and not _is_text(part):
            reasons.append("a text in it holds half a surrogate pair, which is no character")
        elif isinstance(part, dict):
            waiting.extend(part.keys())
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return list(dict.fromkeys(reasons))


def _not_a_number(word: str) -> NoReturn:
    raise NotJson(f"{word} is not JSON; leave the value out or send null")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
