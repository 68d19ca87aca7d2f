"""Rates and prices from any address that answers with them, in whatever notation, as the publisher holds them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from actions.house import House, open_house
from actions.ingest_account import ingest_account
from actions.load_landed import load_landed
from connectors.ad_platform import Ask, DayWindow, Reports
from connectors.markets.party import MARKETS
from connectors.taxonomy import AuthExpired, NotFound, PartyError, Rejected
from simulator.markets.door import DOOR
from simulator.serving import Sim, serve
from simulator.world.scenario import META_US, TINY

WINDOW = DayWindow(date(2026, 11, 1), date(2026, 11, 3))
RATES = "date,currency,usd_per_unit\n2026-11-01,EUR,1.08\n2026-11-02,EUR,1.09\n"


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=replace(TINY, accounts=(META_US,), history_days=30), seed=3, specs=[DOOR]) as sim:
        yield sim


def house_of(home: Path, **variables: str) -> House:
    named = {f"MARKETS_ACCOUNT_1_{name}": value for name, value in {"ID": "bank", **variables}.items()}
    return replace(open_house({"WEIR_HOME": str(home), **named}), sleep=lambda seconds: None)


def reports_of(house: House) -> Reports:
    (account,) = house.accounts(MARKETS)
    return MARKETS.reports(account, house.ports(MARKETS))


def current(home: Path, entity: str, columns: str) -> list[tuple[Any, ...]]:
    files = (home / "lake" / "raw" / "markets" / entity / "*.parquet").as_posix()
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(f"select {columns} from '{files}' where _valid_to is null order by all").fetchall()


@pytest.mark.parametrize("notation", ["csv", "json"])
def test_what_was_published_is_what_the_lake_holds(sim: Sim, tmp_path: Path, notation: str) -> None:
    question = f"{sim.base_url}/markets/{{entity}}.{notation}?since={{since}}&until={{until}}"
    house = house_of(
        tmp_path,
        FX_RATES_URL=question.replace("{entity}", "fx_rates"),
        PRICES_URL=question.replace("{entity}", "prices"),
    )
    house = replace(house, clock=sim.world.now)
    (account,) = house.accounts(MARKETS)
    for _ in range(2):  # the second pull asks for its look-back again
        assert ingest_account(house, account, run_id="r1").failures == ()
    load_landed(house.lake, warehouse=None).raise_failures()
    asked = {"since": "2026-08-07", "until": "2026-11-06"}  # ninety days before the world's 5 November, and that day
    rates = httpx.get(f"{sim.base_url}/markets/fx_rates.json", params=asked).json()
    prices = httpx.get(f"{sim.base_url}/markets/prices.json", params=asked).json()
    found = current(tmp_path, "fx_rates", "date::varchar, currency, usd_per_unit::varchar")
    assert found == sorted((row["date"], row["currency"], row["usd_per_unit"]) for row in rates)
    stamps = current(tmp_path, "prices", "symbol, strftime(priced_at, '%Y-%m-%dT%H:%M:%SZ'), price_usd::double")
    assert stamps == sorted((row["symbol"], row["at"], float(row["price_usd"])) for row in prices)
    counts = house.standing.counts(party="markets", entity="fx_rates")
    assert (counts.raw, counts.landed) == (len(rates), counts.raw + counts.duplicates)
    assert counts.duplicates > 0


class Said:
    def __init__(self, body: str, status: int = 200) -> None:
        self.body, self.status = body, status
        self.asked: list[Request] = []
        self.app = Starlette(routes=[Route("/{path:path}", self.answer)])

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(self.body, status_code=self.status)


def test_days_and_token_go_where_the_address_says(answering: Any, tmp_path: Path) -> None:
    said = Said(RATES)
    with answering(said.app) as base_url:
        address = f"{base_url}/rates/{{since}}..{{until}}?access_key=made-up-key"
        house = house_of(tmp_path, FX_RATES_URL=address, TOKEN="made-up-token")
        rows = list(reports_of(house).rows(Ask(entity="fx_rates", window=WINDOW)))
    (request,) = said.asked
    assert request.url.path == "/rates/2026-11-01..2026-11-03"
    assert request.headers["authorization"] == "Bearer made-up-token"
    assert rows[0] == {"date": "2026-11-01", "currency": "EUR", "usd_per_unit": "1.08"}


def test_only_what_has_an_address_is_asked_for(tmp_path: Path) -> None:
    house = house_of(tmp_path, PRICES_URL="http://127.0.0.1:9/")
    (account,) = house.accounts(MARKETS)
    asked = MARKETS.asks(account, house.ports(MARKETS))
    assert [(each.schema.entity, each.by_days, each.is_complete) for each in asked] == [("prices", True, False)]
    with pytest.raises(Rejected, match="Set MARKETS_ACCOUNT_1_FX_RATES_URL or MARKETS_ACCOUNT_1_PRICES_URL"):
        reports_of(house_of(tmp_path)).profile()


def test_looking_an_account_over_tries_each_address(answering: Any, tmp_path: Path) -> None:
    said = Said(RATES)
    with answering(said.app) as base_url:
        house = house_of(tmp_path, FX_RATES_URL=f"{base_url}/rates?since={{since}}&until={{until}}")
        house = replace(house, clock=lambda: datetime(2026, 11, 2, 23, tzinfo=UTC))
        assert reports_of(house).profile().name == "bank"
    assert [dict(request.query_params) for request in said.asked] == [{"since": "2026-11-01", "until": "2026-11-03"}]
    with answering(Said("", 401).app) as base_url, pytest.raises(AuthExpired):
        reports_of(house_of(tmp_path, FX_RATES_URL=f"{base_url}/rates")).profile()


@pytest.mark.parametrize(
    ("body", "status", "error", "says"),
    [
        ("<html>not here</html>", 404, NotFound, "the answer was an HTML page"),
        ("", 401, AuthExpired, "the answer was an empty body"),
        ("", 200, Rejected, "the file is empty Check the address in the environment"),
        ("day;rate\n1;2\n", 200, Rejected, "missing: date, currency, usd_per_unit"),
    ],
)
def test_an_answer_that_is_no_file_of_rates_is_told_without_the_address(
    answering: Any, tmp_path: Path, body: str, status: int, error: type[PartyError], says: str
) -> None:
    with answering(Said(body, status).app) as base_url:
        house = house_of(tmp_path, FX_RATES_URL=f"{base_url}/rates?access_key=made-up-key")
        with pytest.raises(error) as refused:
            list(reports_of(house).rows(Ask(entity="fx_rates", window=WINDOW)))
    assert says in str(refused.value)
    assert "made-up-key" not in str(refused.value)


def test_a_line_that_is_no_row_is_set_aside_and_the_others_count(answering: Any, tmp_path: Path) -> None:
    lines = [json.dumps({"date": "2026-11-01", "currency": "EUR", "usd_per_unit": 1.08}), "{not json"]
    with answering(Said("\n".join(lines)).app) as base_url:
        house = replace(
            house_of(tmp_path, FX_RATES_URL=f"{base_url}/rates"), clock=lambda: datetime(2026, 11, 2, tzinfo=UTC)
        )
        (account,) = house.accounts(MARKETS)
        ingest_account(house, account, run_id="r1", window=WINDOW)
    load_landed(house.lake, warehouse=None).raise_failures()
    counts = house.standing.counts(party="markets", entity="fx_rates")
    assert (counts.landed, counts.raw, counts.quarantined) == (2, 1, 1)
    (aside,) = house.standing.set_aside(party="markets", entity="fx_rates", most=5)
    assert aside.reasons == "the answer's line is not a JSON object"
