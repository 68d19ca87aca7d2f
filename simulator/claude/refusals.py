"""How the Messages API says no: one envelope, a type by status, and the request's id."""

from typing import Any

from starlette.responses import JSONResponse

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
SPEND_LIMIT = "enforced_spend_limit_reached"


class Refusal(Exception):
    def __init__(
        self, status: int, message: str, *, code: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers or {}

    def body(self, request_id: str) -> dict[str, Any]:
        error: dict[str, Any] = {"type": TYPES.get(self.status, "api_error"), "message": self.message}
        if self.code is not None:
            error["details"] = {"error_code": self.code}
        return {"type": "error", "error": error, "request_id": request_id}

    def response(self, request_id: str) -> JSONResponse:
        return JSONResponse(
            self.body(request_id), status_code=self.status, headers={"request-id": request_id, **self.headers}
        )


def invalid(message: str) -> Refusal:
    return Refusal(400, message)
