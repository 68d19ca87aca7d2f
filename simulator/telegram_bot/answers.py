"""How the Bot API answers: `ok` and a result, or an error whose code is also the HTTP status."""

import math
from typing import Any

from starlette.responses import JSONResponse


class Refusal(Exception):
    """The Bot API says no, in its own words."""

    def __init__(self, status: int, description: str, *, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad_request(reason: str) -> Refusal:
    return Refusal(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> Refusal:
    return Refusal(403, f"Forbidden: {reason}")


def conflict(reason: str) -> Refusal:
    return Refusal(409, f"Conflict: {reason}")


def too_many_requests(wait_seconds: float) -> Refusal:
    """Without `parameters.retry_after` clients do not know the refusal as one to wait for."""
    seconds = max(1, math.ceil(wait_seconds))
    return Refusal(429, f"Too Many Requests: retry after {seconds}", parameters={"retry_after": seconds})


def answer(result: Any) -> JSONResponse:
    return JSONResponse({"ok": True, "result": result})


def refuse(refusal: Refusal) -> JSONResponse:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return JSONResponse(body, status_code=refusal.status)
