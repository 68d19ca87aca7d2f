"""How X wraps what it says: data and errors with an echo of the request, version headers, HTML for unknown routes."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import HTMLResponse, Response

CURRENT_VERSION = "12"
VERSIONS = ("11", "12")
VERSION_HEADERS = {"x-current-api-version": CURRENT_VERSION}

NOT_FOUND_PAGE = (
    "<!DOCTYPE html><html><head><title>404</title></head><body><h1>Sorry, that page does not exist!</h1></body></html>"
)

Json = dict[str, Any]


class ApiError(Exception):
    """One or more refusals of X, answered as its error envelope."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.errors: list[Json] = [{"code": code, "message": message, **more}]
        self.extra: Json = {}
        self.headers: dict[str, str] = {}


def missing_parameter(name: str) -> ApiError:
    return ApiError(400, "MISSING_PARAMETER", f"{name} is a required parameter", parameter=name)


def invalid_parameter(name: str, value: Any, why: str) -> ApiError:
    message = f'Expected {why}, got "{value}" for {name}'
    return ApiError(400, "INVALID_PARAMETER", message, parameter=name, value=value, details="")


def exclusive_parameters(*names: str) -> ApiError:
    message = f"{' and '.join(names)} cannot be used together"
    return ApiError(400, "EXCLUSIVE_PARAMETERS", message, parameter=names[0], details=",".join(names))


def not_found(what: str, object_id: str) -> ApiError:
    """`what` is the kind of object in X's words, e.g. `LINE_ITEM`."""
    message = f"{what.lower().replace('_', ' ')} {object_id} was not found"
    return ApiError(404, f"{what}_NOT_FOUND", message, value=object_id)


def json_response(content: Json, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    all_headers = {**VERSION_HEADERS, **(headers or {})}
    return Response(body, status_code=status, media_type="application/json", headers=all_headers)


def error_response(error: ApiError, params: Any, *, headers: Mapping[str, str] | None = None) -> Response:
    content = {"errors": error.errors, **error.extra, "request": {"params": params}}
    return json_response(content, status=error.status, headers={**(headers or {}), **error.headers})


def route_not_found() -> Response:
    """Unknown routes are answered by the web tier, which speaks HTML."""
    return HTMLResponse(NOT_FOUND_PAGE, status_code=404)
