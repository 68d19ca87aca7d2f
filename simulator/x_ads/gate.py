"""Every call's way in: signature, revoked keys, access to the account, quota; then its handler; then X's envelope.

Handlers are plain functions of a `Visit`; they return data or raise `ApiError`. Nothing of a platform's objects is
known here.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from simulator.world.model import AdAccount, AdWorld, Credentials, Door
from simulator.x_ads.envelope import ApiError, Json, error_response, json_response
from simulator.x_ads.params import Params
from simulator.x_ads.quotas import Meter, Quota
from simulator.x_ads.signature import Refused, ReplayGuard, expected_signature, header_fields

PARTY = "x_ads"


@dataclass(frozen=True, kw_only=True)
class Settings:
    quotas: Mapping[str, Quota] = field(default_factory=dict)  # tighter ones than usual, by category
    most_complex: int = 1_000_000  # values (ids x buckets x metric groups) one stats question may ask for
    polls_until_ready: int = 1  # how often a report job still says PROCESSING


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One admitted call."""

    world: AdWorld
    request: Request
    params: Params
    granted: tuple[AdAccount, ...]  # every account these keys may see
    account: AdAccount  # the one in the path; the first granted one where the path names none
    body: Any = None  # parsed JSON, where the call has some

    def path(self, name: str) -> str:
        return self.request.path_params[name]


@dataclass(frozen=True, kw_only=True)
class Answer:
    data: Any
    more: Json = field(default_factory=dict)
    status: int = 200
    echo: Any = None  # instead of the parameters, where the request was JSON


Handler = Callable[[Visit], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]


class Gate:
    def __init__(self, door: Door, settings: Settings) -> None:
        self.door = door
        self.settings = settings
        self._meter = Meter(settings.quotas, door.wall_clock)
        self._replays = ReplayGuard(door.wall_clock)

    def endpoint(self, handler: Handler, *, quota: str) -> Endpoint:
        async def answer(request: Request) -> Response:
            params = await read_params(request)
            echo: Any = {**params.echo(), **request.path_params}
            headers: dict[str, str] = {}
            try:
                granted = await self._granted(request)
                account = self._account(request, granted)
                account_id = request.path_params.get("account_id")
                headers = self._meter.spend(quota, account_id=account_id, token=granted[0].fields["TOKEN"])
                visit = Visit(
                    world=self.door.world,
                    request=request,
                    params=params,
                    granted=tuple(a for c in granted if (a := self.door.world.account(PARTY, c.account_id))),
                    account=account,
                    body=await read_json(request),
                )
                found = handler(visit)
            except ApiError as error:
                return error_response(error, echo, headers=headers)
            content = {"request": {"params": echo if found.echo is None else found.echo}, **found.more}
            return json_response({**content, "data": found.data}, status=found.status, headers=headers)

        return answer

    async def _granted(self, request: Request) -> list[Credentials]:
        """Every set of credentials the call's keys belong to; X says no more than 401 when they belong to none."""
        refused = ApiError(401, "UNAUTHORIZED_ACCESS", "This request is not properly authenticated")
        try:
            fields = header_fields(request)
            matching = [c for c in self.door.credentials if c.party == PARTY and is_presented(c, fields)]
            if not matching:
                raise refused
            signed = await expected_signature(
                request,
                fields,
                consumer_secret=matching[0].fields["CONSUMER_SECRET"],
                token_secret=matching[0].fields["TOKEN_SECRET"],
            )
            if signed != fields["oauth_signature"]:
                raise refused
            self._replays.check(fields)
        except Refused as error:
            raise refused from error
        alive = [c for c in matching if not self.door.is_revoked(PARTY, c.account_id)]
        if not alive:
            raise refused
        return alive

    def _account(self, request: Request, granted: list[Credentials]) -> AdAccount:
        account_id = request.path_params.get("account_id", granted[0].account_id)
        account = self.door.world.account(PARTY, account_id)
        if account is None or account_id not in {c.account_id for c in granted}:
            raise ApiError(403, "ACCOUNT_NOT_FOUND", f"account {account_id} was not found", value=account_id)
        return account


def is_presented(credentials: Credentials, fields: Mapping[str, str]) -> bool:
    held = credentials.fields
    return (held["CONSUMER_KEY"], held["TOKEN"]) == (fields["oauth_consumer_key"], fields["oauth_token"])


async def read_params(request: Request) -> Params:
    pairs = parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True)
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        pairs += parse_qsl((await request.body()).decode("utf-8"), keep_blank_values=True)
    return Params(tuple(pairs))


async def read_json(request: Request) -> Any:
    if not request.headers.get("content-type", "").startswith("application/json"):
        return None
    raw = await request.body()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise ApiError(400, "INVALID_PARAMETER", "the body is not valid JSON") from error
