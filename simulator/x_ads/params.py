"""Reads the text parameters of a call: lists joined by commas or sent as repeated keys, booleans in words, micros."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from simulator.x_ads.envelope import invalid_parameter, missing_parameter

MICRO = 1_000_000
WHOLE = re.compile(r"-?[0-9]{1,19}")
DECIMALS = {"VND": 0, "KRW": 0, "CLP": 0, "JPY": 0, "KWD": 3, "IQD": 3, "BHD": 3, "TND": 3}


@dataclass(frozen=True)
class Params:
    """A parameter sent empty is present and unset: `has` says yes, `text` says None."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Params":
        """Batch operations carry the same parameters as JSON values; null means unset."""
        pairs: list[tuple[str, str]] = []
        for name, value in values.items():
            for item in value if isinstance(value, list) else [value]:
                text = "" if item is None else str(item).lower() if isinstance(item, bool) else str(item)
                pairs.append((name, text))
        return cls(tuple(pairs))

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.pairs)

    def text(self, name: str) -> str | None:
        values = [value for key, value in self.pairs if key == name]
        return values[-1] or None if values else None

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise missing_parameter(name)
        return value

    def listed(self, name: str, *, most: int = 200) -> list[str]:
        values = [item for key, value in self.pairs if key == name for item in value.split(",") if item]
        if len(values) > most:
            raise invalid_parameter(name, len(values), f"at most {most} values")
        return values

    def boolean(self, name: str) -> bool:
        value = (self.text(name) or "false").lower()
        if value not in ("true", "false", "1", "0", "t", "f"):
            raise invalid_parameter(name, value, "a boolean")
        return value[0] in "1t"

    def integer(self, name: str, *, least: int = 1, most: int | None = None) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        number = int(value) if WHOLE.fullmatch(value) else least - 1
        if number < least or (most is not None and number > most):
            bounds = f"an integer of at least {least}" + (f" and at most {most}" if most is not None else "")
            raise invalid_parameter(name, value, bounds)
        return number

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in allowed:
            raise invalid_parameter(name, value, f"one of {', '.join(allowed)}")
        return value

    def micros(self, name: str, currency: str) -> Decimal | None:
        """An amount in major units; one finer than the currency's smallest unit is refused."""
        number = self.integer(name)
        if number is None:
            return None
        smallest = MICRO // 10 ** DECIMALS.get(currency, 2)
        if number % smallest:
            raise invalid_parameter(name, number, f"a multiple of {smallest} (the smallest unit of {currency})")
        return Decimal(number) / MICRO

    def instant(self, name: str) -> datetime | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError as error:
            raise invalid_parameter(name, value, "an ISO 8601 instant") from error
        if parsed.tzinfo is None:
            raise invalid_parameter(name, value, "an ISO 8601 instant with its zone")
        return parsed

    def echo(self) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, value in self.pairs:
            if name.endswith("_ids") or name == "metric_groups":
                shown[name] = [*shown.get(name, []), *value.split(",")]
            elif name in shown:
                earlier = shown[name]
                shown[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
            else:
                shown[name] = value
        return shown


def to_micros(amount: Decimal | None) -> int | None:
    return None if amount is None else int((amount * MICRO).to_integral_value())
