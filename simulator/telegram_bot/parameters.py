"""Reading a call's parameters from wherever clients put them: query, JSON, form fields or multipart.

In forms everything is text and nested values are JSON text; in JSON they are themselves. One reader serves both.
"""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from simulator.telegram_bot.answers import bad_request


class Parameters:
    def __init__(self, values: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
        self._values = values
        self.files = files

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) not in (None, "")

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        return None if value is None else str(value)

    def integer(self, name: str, *, default: int) -> int:
        if name not in self:
            return default
        try:
            return int(str(self._values[name]))
        except ValueError as error:
            raise bad_request(f"{name} must be an integer") from error

    def boolean(self, name: str) -> bool:
        return str(self._values.get(name, "")).lower() in ("true", "1")

    def structure(self, name: str) -> Any:
        """A nested value; None when it is absent."""
        if name not in self:
            return None
        value = self._values[name]
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise bad_request(f"can't parse {name}: it is not valid JSON") from error


async def read(request: Request) -> Parameters:
    values: dict[str, Any] = dict(request.query_params)
    files: dict[str, bytes] = {}
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        body = await request.body()
        try:
            posted = json.loads(body) if body else {}
        except ValueError as error:
            raise bad_request("the body is not valid JSON") from error
        if not isinstance(posted, dict):
            raise bad_request("object expected as the body")
        values |= posted
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = await value.read()
                else:
                    values[name] = value
    return Parameters(values, files)
