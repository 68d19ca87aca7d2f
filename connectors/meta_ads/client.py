"""Calls to the Graph API for one ad account: how parameters, credentials and pages are written.

It knows how things are asked, not what they mean: rows are handed on as they came.
"""

import hashlib
import hmac
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from connectors.account_transport import account_transport
from connectors.ad_platform import AccountRef, Ports, Row
from connectors.meta_ads.judging import judge
from connectors.meta_ads.usage import UsageWatch
from connectors.taxonomy import AuthExpired, Said, SplitRequest, TransientError
from connectors.transport import Call, RetryPolicy

API_VERSION = "v26.0"
PAGE_SIZE = 100
_SMALLEST_PAGE = 1
_CREDENTIALS = ("access_token", "appsecret_proof")


class MetaClient:
    def __init__(
        self,
        account: AccountRef,
        ports: Ports,
        *,
        policy: RetryPolicy | None = None,
        client: httpx.Client | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.account_id = account.account_id.removeprefix("act_")
        self.node = f"act_{self.account_id}"
        self.usage = UsageWatch()
        self.rng = rng or random.SystemRandom()
        self._party = account.party
        self._ports = ports
        self._prefix = account.credential_prefix
        token = self.setting("TOKEN")
        if token is None:
            raise AuthExpired(
                self.said("sign in", "no token is set"), remedy=f"Set {self._prefix}_TOKEN in the environment."
            )
        app_secret = self.setting("APP_SECRET")
        credentials = {"access_token": token}
        if app_secret is not None:
            credentials["appsecret_proof"] = appsecret_proof(app_secret=app_secret, token=token)

        def authorise(request: httpx.Request) -> None:
            request.url = request.url.copy_merge_params(credentials)

        self._version = "" if re.search(r"/v\d+\.\d+$", ports.base_url) else f"{API_VERSION}/"
        self.transport = account_transport(
            replace(account, account_id=self.account_id),
            ports,
            authorise=authorise,
            judge=judge,
            secrets=(*credentials.values(), app_secret or ""),
            policy=policy,
            client=client,
            rng=self.rng,
            watch=self.usage,
        )

    def setting(self, suffix: str) -> str | None:
        return self._ports.secret(f"{self._prefix}_{suffix}") or None

    def name_of(self, suffix: str) -> str:
        return f"{self._prefix}_{suffix}"

    def now(self) -> datetime:
        return self._ports.clock()

    def sleep(self, seconds: float) -> None:
        self._ports.sleep(seconds)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self.transport.send(Call(method="GET", path=self._version + path, params=_encoded(params or {})))

    def ask(self, path: str, form: Mapping[str, Any]) -> Any:
        """A POST that changes nothing, a report job or a dry run: safe to repeat."""
        return self.transport.send(Call(method="POST", path=self._version + path, form=_encoded(form), writes=False))

    def write(self, path: str, form: Mapping[str, Any], *, method: str = "POST") -> Any:
        """A POST or DELETE that changes something; an answer that never arrived raises `OutcomeUnknown`."""
        return self.transport.send(Call(method=method, path=self._version + path, form=_encoded(form)))

    def pages(self, path: str, params: Mapping[str, Any], *, page_size: int = PAGE_SIZE) -> Iterator[Row]:
        """Every row of an edge. Only a missing `next` ends it: a cursor stands on the last page too, and a page may be
        empty with more behind it. A page the platform finds too large is asked for again, half as long."""
        asked, limit = dict(params), page_size
        seen: set[tuple[tuple[str, str], ...]] = set()
        while True:
            try:
                body = self.get(path, {**asked, "limit": limit})
            except SplitRequest:
                if limit <= _SMALLEST_PAGE:
                    raise
                limit = max(_SMALLEST_PAGE, limit // 2)
                continue
            yield from body["data"]
            paging = body.get("paging") or {}
            if not paging.get("next"):
                return
            place = _next_place(paging)
            mark = tuple(sorted(place.items()))
            if mark in seen:
                raise TransientError(self.said(f"GET {path}", "the list sent us round in a circle"))
            seen.add(mark)
            asked |= place

    def said(self, call: str, message: str) -> Said:
        return Said(party=self._party, call=call, message=message, account_id=self.account_id)


def appsecret_proof(*, app_secret: str, token: str) -> str:
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _next_place(paging: Mapping[str, Any]) -> dict[str, str]:
    """What leads to the next page: its cursor, or, where a list pages otherwise, the parameters of its link."""
    after = (paging.get("cursors") or {}).get("after")
    if after:
        return {"after": str(after)}
    query = dict(parse_qsl(urlsplit(str(paging["next"])).query, keep_blank_values=True))
    return {name: value for name, value in query.items() if name not in (*_CREDENTIALS, "limit")}


def _encoded(params: Mapping[str, Any]) -> dict[str, str]:
    """Lists and objects as JSON text, `fields` joined by commas; a parameter without a value is not sent."""
    return {name: _text(name, value) for name, value in params.items() if value is not None}


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if name == "fields":
        return ",".join(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
