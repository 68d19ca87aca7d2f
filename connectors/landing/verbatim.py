"""One JSON text per object: the same object always gives the same line, and a secret never reaches a line.

Key order is settled, spaces are dropped, numbers keep their exact value; nothing else of what a party said is changed.
"""

import json
import math
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

WITHHELD = "[withheld]"

# Addresses in answers (paging, previews, downloads) can carry the credential they were asked with.
_IN_ADDRESS = re.compile(
    r"(?P<name>\b(?:access_token|appsecret_proof|oauth_token|oauth_signature|client_secret|app_secret)=)[^&\"\\\s]+"
)
_SHORTEST_SECRET = 8  # shorter texts would withhold ordinary words


def canonical_json(value: Any) -> str:
    try:
        return _dumps(value)
    except ValueError:  # NaN and infinities are not JSON: kept as texts, which no numeric column accepts
        return _dumps(_without_non_numbers(value))


def withhold(line: str, *, secrets: Sequence[str] = ()) -> str:
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            for form in {secret, json.dumps(secret, ensure_ascii=False)[1:-1]}:
                line = line.replace(form, WITHHELD)
    return _IN_ADDRESS.sub(rf"\g<name>{WITHHELD}", line) if "=" in line else line


def encoded(line: str) -> bytes:
    """One line's bytes. Half a surrogate pair cannot be UTF-8: the line then falls back to escapes."""
    try:
        return line.encode()
    except UnicodeEncodeError:
        return line.encode("utf-8", errors="backslashreplace")


def _dumps(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        if not value.is_finite():
            return str(value)
        if value == value.to_integral_value():
            return int(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    if isinstance(value, date):  # datetimes are dates too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not something a party can have said in JSON")


def _without_non_numbers(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _without_non_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_non_numbers(item) for item in value]
    return value
