"""How Whop says no: one envelope, a type for each kind of refusal."""

from starlette.responses import JSONResponse


class Refusal(Exception):
    def __init__(
        self,
        status: int,
        type_: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type_
        self.message = message
        self.code = code
        self.param = param
        self.headers = headers or {}

    def response(self) -> JSONResponse:
        error = {"type": self.type, "message": self.message}
        if self.code is not None:
            error["code"] = self.code
        if self.param is not None:
            error["param"] = self.param
        return JSONResponse({"error": error}, status_code=self.status, headers=self.headers)


def invalid(message: str, *, param: str | None = None) -> Refusal:
    return Refusal(400, "invalid_parameters", message, param=param)


def not_possible(message: str) -> Refusal:
    return Refusal(422, "unprocessable_entity", message)


def not_found(what: str, id_: str) -> Refusal:
    return Refusal(404, "not_found", f"No {what} found with ID {id_!r}.")


def unauthorized() -> Refusal:
    return Refusal(401, "unauthorized", "The API key is missing, invalid or has been revoked.")


def forbidden(permission: str) -> Refusal:
    return Refusal(403, "forbidden", f"The API key lacks the {permission} permission.", code="missing_permission")


def too_many_requests(seconds: int) -> Refusal:
    return Refusal(
        429,
        "rate_limited",
        f"Rate limit exceeded. Try again in {seconds} seconds.",
        headers={"retry-after": str(seconds)},
    )
