"""One Whop account's line to the API: one version of its shapes, cursors until the last page, keys on every write."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from connectors.account_transport import account_transport
from connectors.ad_platform import AccountRef, Ports, Row
from connectors.taxonomy import AuthExpired, Rejected, Said, TransientError
from connectors.transport import Call, RetryPolicy
from connectors.whop.judging import judge

VERSION = "2026-10-15-1"
_PAGE = 100
_LONGEST_KEY = 255
# Six hundred calls a minute and operation: what is over waits the stated seconds.
_PATIENCE = RetryPolicy(unstated_wait_seconds=60.0)


class WhopClient:
    def __init__(
        self,
        account: AccountRef,
        ports: Ports,
        *,
        policy: RetryPolicy = _PATIENCE,
        client: httpx.Client | None = None,
        rng: random.Random | None = None,
        page_size: int = _PAGE,
    ) -> None:
        self.account_id = account.account_id
        self._party = account.party
        self._page_size = page_size
        name = f"{account.credential_prefix}_KEY"
        key = ports.secret(name)
        if not key:
            raise AuthExpired(self.said("sign in", "no key is set"), remedy=f"Set {name} in the environment.")

        def authorise(request: httpx.Request) -> None:
            request.headers["Authorization"] = f"Bearer {key}"
            request.headers["Api-Version-Date"] = VERSION  # without it come the undated shapes, with amounts as floats

        self.transport = account_transport(
            account,
            ports,
            authorise=authorise,
            judge=judge,
            secrets=(key,),
            policy=policy,
            client=client,
            rng=rng,
        )

    def single(self, path: str) -> Row:
        return self.transport.send(Call(method="GET", path=_path(path)))

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Row]:
        """Every row of a list, oldest first, so that what is made meanwhile comes at the end and moves nothing."""
        asked = {
            "account_id": self.account_id,
            "order": "created_at",
            "direction": "asc",
            "first": str(self._page_size),
            **(params or {}),
        }
        seen: set[str] = set()
        while True:
            answer = self.transport.send(Call(method="GET", path=_path(path), params=asked))
            rows, page = answer.get("data"), answer.get("page_info")
            if not isinstance(rows, list) or not isinstance(page, dict):
                raise TransientError(self.said(f"GET {path}", "the answer is not a page of a list"))
            yield from rows
            if not page.get("has_next_page"):
                return
            cursor = page.get("end_cursor")
            if not cursor or cursor in seen:
                why = "the same page cursor came twice" if cursor else "more pages are announced, but no cursor"
                raise TransientError(self.said(f"GET {path}", why))
            seen.add(cursor)
            asked["after"] = cursor

    def post(self, path: str, body: Mapping[str, Any] | None, *, key: str) -> Row:
        """Whop answers the same key and body with the first answer again, and does nothing a second time."""
        if not 0 < len(key) <= _LONGEST_KEY:
            raise Rejected(self.said(f"POST {path}", f"a key has 1 to {_LONGEST_KEY} characters, not {len(key)}"))
        call = Call(
            method="POST",
            path=_path(path),
            json_body=None if body is None else dict(body),
            headers={"Idempotency-Key": key},
        )
        return self.transport.send(call)

    def said(self, call: str, message: str) -> Said:
        return Said(party=self._party, call=call, message=message, account_id=self.account_id)


def _path(path: str) -> str:
    return f"/api/v1/{path}"
