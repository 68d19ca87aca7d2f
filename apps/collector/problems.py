"""How the collector refuses a request as a whole: one error type, told to the sender as problem+json (RFC 9457).

Every refusal names what to change. Single bad events are not refused this way: they are answered by index, in
`apps.collector.batch`.
"""

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: "The request cannot be read",
    401: "The key is missing or unknown",
    403: "This may not be done from here",
    404: "There is nothing here",
    405: "The method does not fit the path",
    408: "The request took too long",
    413: "The request is too large",
    415: "The format is not one that is read here",
    429: "Too many events at once",
    500: "A fault in the collector",
    503: "The events could not be kept",
}


class Problem(Exception):
    """`reason` is the short word that the metrics count; `detail` and `remedy` are for the sender."""

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        *,
        remedy: str,
        retry_after: int | None = None,
        closes: bool = False,  # the connection: what still comes on it is not worth reading
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.remedy = remedy
        self.retry_after = retry_after
        self.closes = closes

    def response(self) -> Response:
        headers = {"cache-control": "no-store"}
        if self.retry_after is not None:
            headers["retry-after"] = str(self.retry_after)
        if self.closes:
            headers["connection"] = "close"
        if self.status == 401:
            headers["www-authenticate"] = "Bearer"
        body = {
            "type": "about:blank",
            "title": TITLES[self.status],
            "status": self.status,
            "reason": self.reason,
            "detail": self.detail,
            "remedy": self.remedy,
        }
        return Response(orjson.dumps(body), status_code=self.status, headers=headers, media_type=MEDIA_TYPE)
