"""What money costs, as others publish it: a bank's daily rates and an exchange's hourly prices, as JSON or CSV.

Asked for a half-open stretch of days. A day's rates are out when it begins, unless the bank keeps central bankers'
hours (`/sim/markets`): then in the afternoon of business days, and a week-end's on Monday. Prices are closes of whole
hours. Anybody may ask.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulator.doors import DoorSpec
from simulator.world import fx
from simulator.world.lives.market import SYMBOL, prices
from simulator.world.model import Door

PARTY = "markets"
_AFTERNOON = time(15, tzinfo=UTC)
_LONGEST = 400  # days at once
_NINE_PLACES = Decimal("0.000000001")
_STEADY = "TON"  # a token whose price the rates tell, too
Row = dict[str, str]


class Refusal(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Markets:
    def __init__(self, door: Door) -> None:
        self._world = door.world
        self.business_days_only = False

    def fx_rates(self, since: date, until: date) -> Iterator[Row]:
        now, day = self._world.now(), since
        while day < until and self._published(day) <= now:
            for currency, per_usd in fx.PER_USD.items():
                rate = (1 / per_usd).quantize(_NINE_PLACES)
                yield {"date": day.isoformat(), "currency": currency, "usd_per_unit": str(rate)}
            day += timedelta(days=1)

    def _published(self, day: date) -> datetime:
        if not self.business_days_only:
            return datetime.combine(day, time(), tzinfo=UTC)
        until_monday = timedelta(days=7 - day.weekday() if day.weekday() >= 5 else 0)
        return datetime.combine(day + until_monday, _AFTERNOON)

    async def control(self, request: Request) -> Response:
        if request.method == "PUT":
            wanted = (await request.json()).get("business_days_only")
            if not isinstance(wanted, bool):
                return JSONResponse({"error": "business_days_only is true or false"}, status_code=400)
            self.business_days_only = wanted
        return JSONResponse({"business_days_only": self.business_days_only})

    def prices(self, since: date, until: date) -> Iterator[Row]:
        first, last = (datetime.combine(day, time(), tzinfo=UTC) for day in (since, until))
        closes = prices(self._world.seed, first, min(last, self._world.now() + timedelta(seconds=1)))
        steady = 1 / fx.PER_USD[_STEADY]
        for at, close in closes:
            for symbol, price in ((SYMBOL, close), (_STEADY, steady)):
                yield {"symbol": symbol, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "price_usd": f"{price:.6f}"}


def _days(request: Request, *, today: date) -> tuple[date, date]:
    """Without ends: the last week."""
    asked = request.query_params
    try:
        until = date.fromisoformat(asked["until"]) if "until" in asked else today + timedelta(days=1)
        since = date.fromisoformat(asked["since"]) if "since" in asked else until - timedelta(days=7)
    except ValueError:
        raise Refusal(400, "since and until are days, e.g. 2026-11-05") from None
    if not timedelta() <= until - since <= timedelta(days=_LONGEST):
        raise Refusal(400, f"since comes before until, and at most {_LONGEST} days are told at once")
    return since, until


def _told(rows: Iterator[Row], notation: str, columns: Sequence[str]) -> Response:
    if notation == "json":
        return JSONResponse(list(rows))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return Response(text.getvalue(), media_type="text/csv")


def routes(door: Door) -> Sequence[BaseRoute]:
    markets = Markets(door)

    def publish(rows: Callable[[date, date], Iterator[Row]], columns: Sequence[str]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            try:
                notation = request.path_params["notation"]
                if notation not in ("json", "csv"):
                    raise Refusal(404, "published as json and as csv")
                since, until = _days(request, today=door.world.now().date())
            except Refusal as refusal:
                return JSONResponse({"error": refusal.message}, status_code=refusal.status)
            return _told(rows(since, until), notation, columns)

        return answer

    rates = publish(markets.fx_rates, ("date", "currency", "usd_per_unit"))
    door.add_controls([Route("/sim/markets", markets.control, methods=["GET", "PUT"])])
    closes = publish(markets.prices, ("symbol", "at", "price_usd"))
    return [
        Route("/markets/fx_rates.{notation}", rates, methods=["GET"]),
        Route("/markets/prices.{notation}", closes, methods=["GET"]),
    ]


def _rate_limited(request: Request) -> Response:
    return JSONResponse({"error": "too many requests"}, status_code=429, headers={"retry-after": "1"})


DOOR = DoorSpec(
    party=PARTY,
    owns=lambda path: path.startswith("/markets/"),
    routes=routes,
    rate_limited=_rate_limited,
    is_write=lambda request: False,
)
