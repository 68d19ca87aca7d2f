"""How TikTok answers: HTTP 200 always, with `code` saying whether it worked.

The codes and the one exception every handler refuses with live here; which rule refuses what lives with the rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from starlette.responses import JSONResponse


class Code(IntEnum):
    OK = 0
    PARTIAL = 20001
    INVALID = 40000
    NO_PERMISSION = 40001
    INVALID_PARAMETER = 40002
    WRONG_VERSION = 40006
    NO_SUCH_OBJECT = 40007
    NOT_IMPLEMENTED = 40008
    DUPLICATED_REQUEST = 40050
    NOT_HASHED = 40062
    TOO_LARGE = 40067
    TOO_FREQUENT = 40100
    TOKEN_EMPTY = 40104
    TOKEN_INVALID = 40105
    WRONG_AUTH_CODE = 40110
    OVER_QPS = 40133
    TASK_NOT_READY = 40201
    NO_SUCH_ROUTE = 40400
    SIGNATURE_WRONG = 40900
    FILE_MISSING = 40905
    FILE_EMPTY = 40906


class Refusal(Exception):
    """TikTok says no. The message is what the caller reads beside the code."""

    def __init__(self, code: Code, message: str, *, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data or {}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a handler found or did. `code` differs from OK only when part of a batch was refused."""

    data: Mapping[str, Any]
    code: Code = Code.OK
    message: str = "OK"
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid(message: str) -> Refusal:
    return Refusal(Code.INVALID_PARAMETER, message)


def answer(request_id: str, outcome: Outcome) -> JSONResponse:
    body = {"code": int(outcome.code), "message": outcome.message, "request_id": request_id, "data": dict(outcome.data)}
    return JSONResponse(body, headers=dict(outcome.headers))


def refuse(request_id: str, refusal: Refusal) -> JSONResponse:
    return answer(request_id, Outcome(data=refusal.data, code=refusal.code, message=refusal.message))
