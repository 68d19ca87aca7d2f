"""A Graph request, taken apart: one set of parameters whether they came in the query, the form or a batch item."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from simulator.meta_ads.errors import invalid

_VERSION = re.compile(r"^v\d+\.\d+$")


@dataclass(frozen=True, kw_only=True)
class GraphRequest:
    method: str
    version: str  # "v26.0", as the caller wrote it
    path: tuple[str, ...]  # without version and empty parts: ("act_1", "insights")
    params: Mapping[str, str]
    bearer: str | None = None
    _read: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def token(self) -> str | None:
        return self.params.get("access_token") or self.bearer

    def text(self, name: str) -> str | None:
        value = self.params.get(name)
        return value if value not in (None, "") else None

    def data(self, name: str) -> Any:
        """A parameter that holds JSON; text that is no JSON is taken as it is. None when absent or empty."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return json.loads(value)
        except ValueError:
            return value

    def items(self, name: str) -> list[Any]:
        """A list parameter: JSON, comma-joined, or a single value."""
        value = self.data(name)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else [value]

    def mapping(self, name: str) -> dict[str, Any] | None:
        value = self.data(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise invalid(f"Param {name} must be a JSON object", name)
        return value

    def number(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d+", value):
            raise invalid(f"Param {name} must be an integer", name)
        return int(value)

    def flag(self, name: str) -> bool:
        return (self.text(name) or "").lower() in {"true", "1"}

    @property
    def fields(self) -> list[str]:
        """Top-level field names; what a caller nests in braces is answered whole."""
        if isinstance(self.data("fields"), list):
            return [str(name).split("{")[0] for name in self.items("fields")]
        names, depth, current = [], 0, ""
        for character in (self.text("fields") or "") + ",":
            if character == "," and depth == 0:
                names.append(current.strip().split("{")[0])
                current = ""
                continue
            depth += {"{": 1, "}": -1}.get(character, 0)
            current += character
        return [name for name in names if name]

    @property
    def validate_only(self) -> bool:
        return "validate_only" in self.items("execution_options")


def split_path(path: str) -> tuple[str, tuple[str, ...]]:
    """Version and parts of a path; the version is empty where the path has none (batch items)."""
    parts = tuple(part for part in path.split("/") if part)
    if parts and _VERSION.match(parts[0]):
        return parts[0], parts[1:]
    return "", parts


def pairs(encoded: str) -> dict[str, str]:
    """An encoded query or form; of repeated names the last one counts."""
    return dict(parse_qsl(encoded, keep_blank_values=True))
