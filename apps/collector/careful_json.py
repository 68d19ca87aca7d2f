"""Reads JSON with care for what quick readers pass over: repeated keys, digits that get lost, halves of surrogates.

What is wrong with a part is kept in its place as `Unsound`, so that the rest of the batch can go on.
"""

import json
import math
from decimal import Decimal
from typing import Any, NoReturn

_LONGEST_NUMBER = 60  # characters; decimals and whole numbers of 38 digits fit well


class NotJson(Exception):
    """The whole text cannot be read; the message says where and why."""


class Unsound(dict[str, Any]):
    """A part that was read, and why it is not taken. What could be read of it is the content."""

    def __init__(self, why: str, content: dict[str, Any]) -> None:
        super().__init__(content)
        self.why = why


def read_carefully(body: bytes) -> Any:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise NotJson(f"byte {error.start} is not UTF-8") from None
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_whole,
            parse_constant=_not_a_number,
        )
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos}") from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None


def unsound_parts(value: Any) -> list[str]:
    """Every reason against a value that was read with care; empty where nothing is wrong."""
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


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) == len(pairs):
        return content
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            break
        seen.add(key)
    return Unsound(f'holds the key "{key[:40]}" more than once', content)


def _decimal(text: str) -> Any:
    value = float(text)
    if math.isinf(value) or len(text) > _LONGEST_NUMBER:
        return Unsound("is a number too great or too long to be kept", {})
    exact = Decimal(text)
    return value if Decimal(repr(value)) == exact else exact


def _whole(text: str) -> Any:
    return int(text) if len(text) <= _LONGEST_NUMBER else Unsound("is a number too great or too long to be kept", {})


def _not_a_number(word: str) -> NoReturn:
    raise NotJson(f"{word} is not JSON; leave the value out or send null")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
