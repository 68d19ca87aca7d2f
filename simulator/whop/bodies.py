"""What a caller says in a JSON body, read strictly: wrong types and missing fields are refused by name."""

import json
from typing import Any

from starlette.requests import Request

from simulator.whop.refusals import invalid

_MISSING = object()
_LARGEST = 10**12


class Body:
    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told

    def text(self, name: str, *, required: bool = True, longest: int = 1000) -> str | None:
        value = self._get(name, required=required)
        if value is None:
            return None
        if not isinstance(value, str) or (required and not value):
            raise invalid(f"{name} must be a string", param=name)
        if len(value) > longest:
            raise invalid(f"{name} must be at most {longest} characters", param=name)
        return value

    def required_text(self, name: str, *, longest: int = 1000) -> str:
        return self.text(name, longest=longest) or ""

    def choice(self, name: str, allowed: tuple[str, ...], *, required: bool = True) -> str | None:
        value = self.text(name, required=required)
        if value is not None and value not in allowed:
            raise invalid(f"{name} must be one of {', '.join(allowed)}", param=name)
        return value

    def number(self, name: str, *, required: bool = True) -> float | None:
        value = self._get(name, required=required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid(f"{name} must be a number", param=name)
        if not -_LARGEST <= value <= _LARGEST:
            raise invalid(f"{name} is out of range", param=name)
        return value

    def whole(self, name: str, *, required: bool = True, least: int, most: int) -> int | None:
        value = self.number(name, required=required)
        if value is None:
            return None
        if not isinstance(value, int) or not least <= value <= most:
            raise invalid(f"{name} must be a whole number between {least} and {most}", param=name)
        return value

    def flag(self, name: str, *, default: bool = False, required: bool = False) -> bool:
        value = self._get(name, required=required)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise invalid(f"{name} must be true or false", param=name)
        return value

    def texts(self, name: str) -> list[str] | None:
        value = self._get(name, required=False)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise invalid(f"{name} must be a list of strings", param=name)
        return value

    def mapping(self, name: str) -> dict[str, Any] | None:
        value = self._get(name, required=False)
        if value is not None and not isinstance(value, dict):
            raise invalid(f"{name} must be an object", param=name)
        return value

    def says(self, name: str) -> bool:
        return name in self.told

    def _get(self, name: str, *, required: bool) -> Any:
        value = self.told.get(name, _MISSING)
        if value is _MISSING or value is None:
            if required:
                raise invalid(f"{name} is required", param=name)
            return None
        return value


async def body_of(request: Request) -> Body:
    """An empty body is an empty object: the official SDK posts none where it has nothing to say."""
    raw = await request.body()
    if not raw:
        return Body({})
    try:
        told = json.loads(raw)
        json.dumps(told, ensure_ascii=False, allow_nan=False).encode()  # it will have to be said again
    except (ValueError, RecursionError):
        raise invalid("The request body is not valid JSON.") from None
    if not isinstance(told, dict):
        raise invalid("The request body must be a JSON object.")
    return Body(told)
