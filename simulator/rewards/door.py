"""The product's reward service: mints tokens to people, once for each idempotency key, and tells balances.

A small service as a team would have written it: a key, strict amounts, a budget that can run out, people it does not
know. What people earn by reading and playing is not counted here; these are the rewards somebody decided to give.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulator.doors import DoorSpec
from simulator.services import service_keys
from simulator.world.lives.identity import person_of_user
from simulator.world.lives.till import tag
from simulator.world.model import Door
from simulator.world.practice import PracticeWorld

PARTY = "rewards"
_LONGEST_KEY = 255
_MOST_AT_ONCE = 100_000
_FIELDS = {"user_id", "amount", "reason", "token"}


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    def response(self) -> JSONResponse:
        headers = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        body = {"error": {"code": self.code, "message": self.message}}
        return JSONResponse(body, status_code=self.status, headers=headers)


@dataclass(frozen=True, kw_only=True)
class Mint:
    mint_id: str
    idempotency_key: str
    user_id: str
    amount: int
    token: str
    reason: str
    minted_at: str
    balance: int  # of this person, afterwards


class Mintage:
    """Every mint there was. `budget`: what may still be given away; None is without end."""

    def __init__(self, world: PracticeWorld) -> None:
        self._world = world
        self.budget: int | None = None
        self.mints: list[Mint] = []
        self._by_key: dict[str, Mint] = {}
        self._balances: dict[str, int] = {}

    def balance(self, user: str) -> int:
        self._must_know(user)
        return self._balances.get(user, 0)

    def mint(self, key: str, told: dict[str, Any]) -> tuple[Mint, bool]:
        """The mint, and whether it was there before."""
        user, amount, reason, token = _checked(told)
        known = self._by_key.get(key)
        if known is not None:
            if (known.user_id, known.amount, known.reason, known.token) != (user, amount, reason, token):
                raise Refusal(409, "idempotency_conflict", "this key was used for another mint")
            return known, True
        self._must_know(user)
        if self.budget is not None and amount > self.budget:
            raise Refusal(402, "budget_spent", "the reward budget does not cover this mint")
        self._balances[user] = self._balances.get(user, 0) + amount
        if self.budget is not None:
            self.budget -= amount
        made = Mint(
            mint_id=tag("mint", self._world.seed, len(self.mints)), idempotency_key=key, user_id=user, amount=amount,
            token=token, reason=reason, minted_at=self._world.now().isoformat(), balance=self._balances[user],
        )  # fmt: skip
        self.mints.append(made)
        self._by_key[key] = made
        return made, False

    def _must_know(self, user: str) -> None:
        person = person_of_user(user)
        society = self._world.society
        if person is None or person >= len(society.people) or not society.has_signed_up(person):
            raise Refusal(404, "unknown_user", "nobody with this user_id has signed up")


def _checked(told: dict[str, Any]) -> tuple[str, int, str, str]:
    unknown = set(told) - _FIELDS
    if unknown:
        raise Refusal(400, "invalid", f"unknown fields: {', '.join(sorted(unknown))}")
    user, amount = told.get("user_id"), told.get("amount")
    reason, token = told.get("reason"), told.get("token", "BUX")
    if not isinstance(user, str) or not isinstance(reason, str) or not isinstance(token, str) or not reason:
        raise Refusal(400, "invalid", "user_id, reason and token are strings")
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= _MOST_AT_ONCE:
        raise Refusal(400, "invalid", f"amount is a whole number between 1 and {_MOST_AT_ONCE}")
    return user, amount, reason, token


def routes(door: Door) -> Sequence[BaseRoute]:
    if not isinstance(door.world, PracticeWorld):
        raise TypeError("rewards need a world with people in it")
    mintage, expected = Mintage(door.world), f"Bearer {service_keys(door.world.seed).rewards_key}"

    def check(request: Request) -> None:
        if request.headers.get("authorization") != expected or door.is_revoked(PARTY, PARTY):
            raise Refusal(401, "unauthorized", "the key is missing or not known")

    async def mint(request: Request) -> Response:
        try:
            check(request)
            key = request.headers.get("idempotency-key", "")
            if not 0 < len(key) <= _LONGEST_KEY:
                raise Refusal(400, "invalid", f"Idempotency-Key is required, of at most {_LONGEST_KEY} characters")
            made, repeated = mintage.mint(key, await _body(request))
        except Refusal as refusal:
            return refusal.response()
        return JSONResponse(asdict(made) | {"repeated": repeated}, status_code=200 if repeated else 201)

    async def balance(request: Request) -> Response:
        try:
            check(request)
            user = request.path_params["user_id"]
            return JSONResponse({"user_id": user, "token": "BUX", "balance": mintage.balance(user)})
        except Refusal as refusal:
            return refusal.response()

    async def mints(request: Request) -> Response:
        if request.method == "PUT":
            budget = (await request.json()).get("budget")
            if budget is not None and not isinstance(budget, int):
                return JSONResponse({"error": "budget is a whole number of tokens, or null"}, status_code=400)
            mintage.budget = budget
        return JSONResponse({"budget": mintage.budget, "mints": [asdict(each) for each in mintage.mints]})

    door.add_controls([Route("/sim/rewards", mints, methods=["GET", "PUT"])])
    return [
        Route("/rewards/mint", mint, methods=["POST"]),
        Route("/rewards/balances/{user_id}", balance, methods=["GET"]),
    ]


async def _body(request: Request) -> dict[str, Any]:
    try:
        told = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Refusal(400, "invalid", "the body is not JSON") from None
    if not isinstance(told, dict):
        raise Refusal(400, "invalid", "the body is not an object")
    return told


def _rate_limited(request: Request) -> Response:
    return Refusal(429, "slow_down", "too many mints at once", retry_after=1).response()


DOOR = DoorSpec(
    party=PARTY,
    owns=lambda path: path.startswith("/rewards/"),
    routes=routes,
    rate_limited=_rate_limited,
    is_write=lambda request: request.method == "POST",
)
