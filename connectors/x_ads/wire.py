"""One X account's line to the Ads API: signs each attempt anew, speaks to one version, turns pages."""

import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from connectors.account_transport import account_transport
from connectors.ad_platform import AccountRef, Ports, Row
from connectors.taxonomy import AuthExpired, Said, TransientError
from connectors.transport import Call
from connectors.x_ads.answers import REPORT_FILE, Json, judge
from connectors.x_ads.oauth1 import Keys, authorization

VERSION = "12"
LARGEST_PAGE = "1000"

Params = Mapping[str, str]


class Wire:
    def __init__(self, account: AccountRef, ports: Ports) -> None:
        self.account_id = account.account_id
        self._account = account
        self._ports = ports
        self._keys = read_keys(account, ports)
        self.transport = account_transport(
            account,
            ports,
            authorise=self._sign,
            judge=judge,
            secrets=(
                self._keys.consumer_key,
                self._keys.consumer_secret,
                self._keys.token,
                self._keys.token_secret,
            ),
            rng=random.SystemRandom(),
        )

    def get(self, path: str, params: Params | None = None) -> Json:
        return self.transport.send(Call(method="GET", path=self._path(path), params=params or {}))

    def write(self, method: str, path: str, params: Params | None = None) -> Any:
        """The object as it is now. X takes a write's values in the query; a lost answer raises `OutcomeUnknown`."""
        return self.transport.send(Call(method=method, path=self._path(path), params=params or {}))["data"]

    def ask(self, path: str, params: Params) -> Any:
        """A POST that changes nothing, a report job: safe to repeat."""
        call = Call(method="POST", path=self._path(path), params=params, writes=False)
        return self.transport.send(call)["data"]

    def post_json(self, path: str, body: Any, *, is_repeatable: bool) -> Any:
        call = Call(method="POST", path=self._path(path), json_body=body, writes=False if is_repeatable else None)
        return self.transport.send(call)["data"]

    def download(self, url: str) -> Json:
        """A finished job's file; its address alone opens it, so no credentials go there and no message shows it."""
        return self.transport.send(Call(method="GET", path=url, authorised=False, label=REPORT_FILE))

    def pages(self, path: str, params: Params | None = None) -> Iterator[Row]:
        asked = {**(params or {}), "count": LARGEST_PAGE}
        seen: set[str] = set()
        while True:
            answer = self.get(path, asked)
            yield from answer["data"]
            cursor = answer.get("next_cursor")
            if not cursor:
                return
            if cursor in seen:
                raise TransientError(self.said(f"GET {path}", "the same page cursor came twice"))
            seen.add(cursor)
            asked["cursor"] = cursor

    def account_path(self, rest: str = "") -> str:
        return f"accounts/{self.account_id}{rest}"

    def said(self, call: str, message: str) -> Said:
        return Said(party=self._account.party, call=call, message=message, account_id=self.account_id)

    def _path(self, path: str) -> str:
        return f"/{VERSION}/{path}"

    def _sign(self, request: httpx.Request) -> None:
        # Only query pairs are signed: no call of ours has a form body, and JSON bodies are never signed.
        request.headers["Authorization"] = authorization(
            self._keys,
            request.method,
            str(request.url),
            timestamp=int(self._ports.wall_clock().timestamp()),
            nonce=secrets.token_hex(16),
        )


def read_keys(account: AccountRef, ports: Ports) -> Keys:
    names = {field: f"{account.credential_prefix}_{field.upper()}" for field in Keys.__dataclass_fields__}
    values = {field: ports.secret(name) for field, name in names.items()}
    missing = [names[field] for field, value in values.items() if not value]
    if missing:
        said = Said(party=account.party, call="signing", message="keys are missing", account_id=account.account_id)
        raise AuthExpired(said, remedy=f"Set {', '.join(missing)} in the environment.")
    return Keys(**{field: value or "" for field, value in values.items()})


def joined(values: Sequence[str]) -> str:
    return ",".join(values)
