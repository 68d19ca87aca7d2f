"""How the Graph API refuses: its error envelope, and a constructor for each refusal this door knows.

When each one is due is decided where the request is handled.
"""

import hashlib
from collections.abc import Sequence
from typing import Any


class GraphError(Exception):
    """One refusal, in the platform's own shape."""

    def __init__(
        self,
        message: str,
        *,
        code: int,
        subcode: int | None = None,
        http: int = 400,
        kind: str = "OAuthException",
        transient: bool = False,
        user_title: str | None = None,
        user_message: str | None = None,
        blame: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.subcode = subcode
        self.http = http
        self.kind = kind
        self.transient = transient
        self.user_title = user_title
        self.user_message = user_message
        self.blame = tuple(blame)

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.blame:
            error["error_data"] = {"blame_field_specs": [[name] for name in self.blame]}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error["is_transient"] = self.transient
        if self.user_title:
            error["error_user_title"] = self.user_title
        if self.user_message:
            error["error_user_msg"] = self.user_message
        trace = hashlib.sha256(f"{self.code}/{self.subcode}/{self.message}".encode()).hexdigest()
        error["fbtrace_id"] = "A" + trace[:22]
        return {"error": error}


def missing_token() -> GraphError:
    return GraphError("An access token is required to request this resource.", code=190, http=401)


def unknown_token() -> GraphError:
    return GraphError("Invalid OAuth access token - Cannot parse access token", code=190, subcode=467, http=400)


def revoked_token() -> GraphError:
    message = "Error validating access token: The session has been invalidated because the user removed the app."
    return GraphError(message, code=190, subcode=458, http=401)


def wrong_proof() -> GraphError:
    message = "Invalid appsecret_proof provided in the API argument"
    return GraphError(message, code=100, kind="GraphMethodException")


def not_granted(account_id: str) -> GraphError:
    message = f"(#200) Ad account owner has NOT granted ads_management or ads_read permission for act_{account_id}"
    return GraphError(message, code=200, http=403)


def unknown_object(object_id: str, method: str = "get") -> GraphError:
    message = (
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation."
    )
    return GraphError(message, code=100, subcode=33, kind="GraphMethodException")


def unknown_path(path: str) -> GraphError:
    return GraphError(f"Unknown path components: /{path}", code=2500)


def invalid(message: str, *blame: str, subcode: int | None = None, title: str | None = None) -> GraphError:
    return GraphError(
        f"(#100) {message}",
        code=100,
        subcode=subcode,
        user_title=title or "Invalid parameter",
        user_message=message,
        blame=blame,
    )


def too_much_data() -> GraphError:
    message = "Please reduce the amount of data you're asking for, then retry your request"
    return GraphError(message, code=1, subcode=99, http=500)


def beyond_history() -> GraphError:
    message = "(#3018) The start date of the time range cannot be beyond 37 months from the current date"
    return GraphError(message, code=3018)


def report_not_ready() -> GraphError:
    message = "(#2601) Error accessing adreport job."
    return GraphError(message, code=2601, subcode=1815107, transient=True)


def user_limit_reached() -> GraphError:
    return GraphError(
        "User request limit reached",
        code=17,
        subcode=2446079,
        user_title="Ad account has too many API calls",
        user_message="There have been too many calls from this ad-account. Wait a bit and try again.",
    )


def insights_limit_reached() -> GraphError:
    message = "(#80000) There have been too many calls from this ad-account. Wait a bit and try again."
    return GraphError(message, code=80000, subcode=2446079)


def audience_limit_reached() -> GraphError:
    message = "(#80003) There have been too many calls to this ad-account's audiences. Wait a bit and try again."
    return GraphError(message, code=80003, subcode=2446079)
