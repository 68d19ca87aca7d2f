"""Calls to TikTok's Business API v1.3 for one advertiser: JSON text in queries, JSON bodies, pages until the last.

It knows how things are asked, not what they mean: rows are handed on as they came.
"""

import json
import random
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import httpx

from connectors.account_transport import account_transport
from connectors.ad_platform import AccountRef, Ports, Row
from connectors.taxonomy import AuthExpired, Said, TransientError
from connectors.tiktok_ads.judging import judge
from connectors.transport import Call, RetryPolicy

_VERSION = "open_api/v1.3"
_PAGE_SIZE = 1000
# The platform states no wait, and calling on while locked out prolongs the lock-out for hours.
_PATIENCE = RetryPolicy(unstated_wait_seconds=300.0)


class TikTokClient:
    def __init__(
        self,
        account: AccountRef,
        ports: Ports,
        *,
        policy: RetryPolicy = _PATIENCE,
        client: httpx.Client | None = None,
        rng: random.Random | None = None,
        page_size: int = _PAGE_SIZE,
    ) -> None:
        self.advertiser_id = account.account_id
        self._party = account.party
        self._business_clock = ports.clock
        self._page_size = page_size
        token = ports.secret(f"{account.credential_prefix}_TOKEN")
        if not token:
            said = Said(party=account.party, call="sign in", account_id=account.account_id, message="no token is set")
            raise AuthExpired(said, remedy=f"Set {account.credential_prefix}_TOKEN in the environment.")

        def authorise(request: httpx.Request) -> None:
            request.headers["Access-Token"] = token

        self.transport = account_transport(
            account,
            ports,
            authorise=authorise,
            judge=judge,
            secrets=(token,),
            policy=policy,
            client=client,
            rng=rng,
        )

    def now(self) -> datetime:
        return self._business_clock()

    def get(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One answer's `data`. Lists and objects among the parameters become JSON text."""
        encoded = {name: _query_text(value) for name, value in params.items() if value is not None}
        return self.transport.send(Call(method="GET", path=f"{_VERSION}/{path}/", params=encoded))

    def pages(self, path: str, params: Mapping[str, Any]) -> Iterator[Row]:
        """Every row of a list. A list that ends before it has held what it announced is refused, not believed."""
        page, held = 1, 0
        while True:
            paged = {"advertiser_id": self.advertiser_id, **params, "page": page, "page_size": self._page_size}
            data = self.get(path, paged)
            rows = data.get("list") or []
            info = data.get("page_info") or {}
            held += len(rows)
            yield from rows
            if page >= int(info.get("total_page") or 0):
                announced = int(info.get("total_number") or 0)
                if held < announced:
                    raise TransientError(self.said(path, f"the list announced {announced} rows and held {held}"))
                return
            page += 1

    def post(self, path: str, body: Mapping[str, Any], *, writes: bool = True) -> dict[str, Any]:
        full = {"advertiser_id": self.advertiser_id, **body}
        return self.transport.send(Call(method="POST", path=f"{_VERSION}/{path}/", json_body=full, writes=writes))

    def upload(self, path: str, fields: Mapping[str, str], *, file_name: str, content: bytes) -> dict[str, Any]:
        """A multipart file. It changes nothing until something refers to it, so it may be sent again."""
        parts = httpx.Request(
            "POST",
            "http://parts.invalid/",
            data={"advertiser_id": self.advertiser_id, **fields},
            files={"file": (file_name, content, "text/plain")},
        )
        headers = {"Content-Type": parts.headers["Content-Type"]}
        call = Call(method="POST", path=f"{_VERSION}/{path}/", content=parts.read(), headers=headers, writes=False)
        return self.transport.send(call)

    def said(self, call: str, message: str) -> Said:
        return Said(party=self._party, call=call, message=message, account_id=self.advertiser_id)


def _query_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
