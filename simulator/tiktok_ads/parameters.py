"""Reading what a caller sent: query parameters whose lists and objects are JSON text, and JSON bodies.

One reader serves both, because the same questions (report parameters, ids) come either way. It refuses what has the
wrong shape in TikTok's own words-and-code form; what the values mean is judged by the handlers.
"""

import json
import math
import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from simulator.tiktok_ads.envelope import invalid

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Parameters:
    """Values by name. From a query they are all text; from a body they are already typed."""

    def __init__(self, values: Mapping[str, Any], *, encoded: bool) -> None:
        self._values = values
        self._encoded = encoded  # lists and objects arrive as JSON text

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) not in (None, "")

    def text(self, name: str, *, longest: int | None = None) -> str:
        value = self.optional_text(name)
        if value is None:
            raise invalid(f"{name}: Missing data for required field.")
        if longest is not None and len(value) > longest:
            raise invalid(f"{name}: Longer than maximum length {longest}.")
        return value

    def optional_text(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise invalid(f"{name}: Not a valid string.")
        return value

    def choice(self, name: str, allowed: Collection[str], *, default: str | None = None) -> str:
        value = self.optional_text(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise invalid(f"{name}: Missing data for required field.")
        if value not in allowed:
            raise invalid(f"{name}: Must be one of {', '.join(sorted(allowed))}.")
        return value

    def integer(self, name: str, *, default: int, least: int, most: int | None = None) -> int:
        if name not in self:
            return default
        try:
            value = int(str(self._values[name]))
        except ValueError as error:
            raise invalid(f"{name}: Not a valid integer.") from error
        if value < least or (most is not None and value > most):
            raise invalid(f"{name}: Must be between {least} and {most}." if most else f"{name}: Must be >= {least}.")
        return value

    def boolean(self, name: str, *, default: bool = False) -> bool:
        if name not in self:
            return default
        spelled = str(self._values[name]).lower()  # Python clients send "True"
        if spelled not in ("true", "false"):
            raise invalid(f"{name}: Not a valid boolean.")
        return spelled == "true"

    def texts(self, name: str, *, most: int | None = None, required: bool = False) -> list[str]:
        """A list of strings; ids sent as numbers are refused, as text is the only form that keeps all digits."""
        if name not in self:
            if required:
                raise invalid(f"{name}: Missing data for required field.")
            return []
        values = self._structure(name)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise invalid(f"{name}: Not a valid list of strings.")
        if required and not values:
            raise invalid(f"{name}: Shorter than minimum length 1.")
        if most is not None and len(values) > most:
            raise invalid(f"{name}: Longer than maximum length {most}.")
        return values

    def objects(self, name: str) -> list[dict[str, Any]]:
        if name not in self:
            return []
        values = self._structure(name)
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise invalid(f"{name}: Not a valid list of objects.")
        return values

    def mapping(self, name: str) -> "Parameters":
        if name not in self:
            return Parameters({}, encoded=False)
        value = self._structure(name)
        if not isinstance(value, dict):
            raise invalid(f"{name}: Not a valid object.")
        return Parameters(value, encoded=False)

    def money(self, name: str) -> Decimal | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise invalid(f"{name}: Not a valid number.")
        return Decimal(str(value))

    def day(self, name: str) -> date:
        spelled = self.text(name)
        try:
            if not _DAY.fullmatch(spelled):
                raise ValueError(spelled)
            return date.fromisoformat(spelled)
        except ValueError as error:
            raise invalid(f"{name}: Not a valid date, expected YYYY-MM-DD.") from error

    def names(self) -> set[str]:
        return {name for name in self._values if name in self}

    def raw(self) -> dict[str, Any]:
        return dict(self._values)

    def _structure(self, name: str) -> Any:
        value = self._values[name]
        if not self._encoded or not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise invalid(f"{name}: Not valid JSON text.") from error
