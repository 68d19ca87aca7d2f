"""The values of a JSON text with the place of each, so that some can be changed and all else stays byte for byte:
the order of fields, repeated fields, the spelling of numbers.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

Path = tuple[str, ...]
ITEM = "[]"  # stands in a path for any place in a list

_STRINGS = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\n\r]*")
_BARE = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity")


@dataclass(frozen=True)
class Leaf:
    path: Path
    start: int
    end: int
    text: str  # a string's content, anything else as it is written
    is_string: bool
    is_name: bool = False  # the name of a field: the last part of its path


def leaves(text: str) -> list[Leaf]:
    """Raises ValueError where the text is not JSON."""
    found: list[Leaf] = []
    try:
        end = _value(text, _skip(text, 0), (), found)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if _skip(text, end) != len(text):
        raise ValueError(f"something follows the value at {end}")
    return found


def with_changes(text: str, changes: Mapping[Leaf, str | None]) -> str:
    """The text with some leaves' values put in place of what stands there; None is JSON's null."""
    parts: list[str] = []
    at = 0
    for leaf in sorted(changes, key=lambda each: each.start):
        parts += (text[at : leaf.start], _spelled(changes[leaf]))
        at = leaf.end
    return "".join([*parts, text[at:]])


def _spelled(value: str | None) -> str:
    spelled = json.dumps(value, ensure_ascii=False)
    try:
        spelled.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(value)
    return spelled


def _value(text: str, at: int, path: Path, found: list[Leaf]) -> int:
    match text[at : at + 1]:
        case "{":
            return _object(text, at, path, found)
        case "[":
            return _list(text, at, path, found)
        case '"':
            content, end = _STRINGS.raw_decode(text, at)
            found.append(Leaf(path, at, end, content, is_string=True))
            return end
    bare = _BARE.match(text, at)
    if bare is None:
        raise ValueError(f"no value at {at}")
    found.append(Leaf(path, at, bare.end(), bare[0], is_string=False))
    return bare.end()


def _object(text: str, at: int, path: Path, found: list[Leaf]) -> int:
    at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        return at + 1
    while True:
        if text[at : at + 1] != '"':
            raise ValueError(f"no field's name at {at}")
        name, end = _STRINGS.raw_decode(text, at)
        found.append(Leaf((*path, name), at, end, name, is_string=True, is_name=True))
        at = _skip(text, end)
        if text[at : at + 1] != ":":
            raise ValueError(f"no colon at {at}")
        at = _skip(text, _value(text, _skip(text, at + 1), (*path, name), found))
        if text[at : at + 1] == "}":
            return at + 1
        if text[at : at + 1] != ",":
            raise ValueError(f"no comma at {at}")
        at = _skip(text, at + 1)


def _list(text: str, at: int, path: Path, found: list[Leaf]) -> int:
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        at = _skip(text, _value(text, at, (*path, ITEM), found))
        if text[at : at + 1] == "]":
            return at + 1
        if text[at : at + 1] != ",":
            raise ValueError(f"no comma at {at}")
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
