"""TikTok's door on a real port, and somebody who speaks to it as a client does."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from simulator.serving import Sim, serve
from simulator.tiktok_ads.call import Limits
from simulator.tiktok_ads.door import DOOR, spec
from simulator.world.scenario import TIKTOK_JP, TIKTOK_US, TINY

SCENARIO = replace(TINY, accounts=(TIKTOK_US, TIKTOK_JP), history_days=40, campaigns=3, ads=4)


class Caller:
    """JSON text in queries, JSON bodies, the token in its header; whatever comes, it comes in the one envelope."""

    def __init__(self, sim: Sim, number: int = 0) -> None:
        held = sim.credential("tiktok_ads", number)
        self.sim, self.id, self.token = sim, held.account_id, held.fields["TOKEN"]
        self.client = httpx.Client(base_url=f"{sim.base_url}/open_api/v1.3/", headers={"Access-Token": self.token})

    def other(self) -> "Caller":
        """The second account, in yen."""
        return Caller(self.sim, 1)

    def told(self, response: httpx.Response) -> dict[str, Any]:
        """Refusals too come with a 200; a generic loader reads `list` from `data`, so it is always an object."""
        assert response.status_code == 200
        answer = response.json()
        assert set(answer) == {"code", "message", "request_id", "data"}
        assert isinstance(answer["data"], dict)
        return answer

    def raw(self, path: str, **params: Any) -> httpx.Response:
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        return self.client.get(path, params={"advertiser_id": self.id, **texts})

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        return self.told(self.raw(path, **params))

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        return self.told(self.client.post(path, json={"advertiser_id": self.id, **body}))

    def rows(self, path: str, **params: Any) -> list[dict[str, Any]]:
        answer = self.get(path, page_size="1000", **params)
        assert answer["code"] == 0, answer
        return answer["data"]["list"]

    def report(self, **params: Any) -> dict[str, Any]:
        asked = {
            "report_type": "BASIC",
            "data_level": "AUCTION_AD",
            "dimensions": ["ad_id", "stat_time_day"],
            "metrics": ["spend", "impressions"],
            "start_date": "2026-11-01",
            "end_date": "2026-11-03",
            "page_size": "1000",
        }
        return self.get("report/integrated/get/", **{**asked, **params})


@pytest.fixture(scope="module")
def reading() -> Iterator[Caller]:
    """Of a world that nobody changes: one for all tests of a file."""
    with serve(scenario=SCENARIO, seed=7, specs=[DOOR]) as sim:
        yield Caller(sim)


@pytest.fixture
def writing() -> Iterator[Caller]:
    small = replace(TINY, accounts=(TIKTOK_US, TIKTOK_JP), history_days=3, people=1_000)
    with serve(scenario=small, seed=7, specs=[DOOR]) as sim:
        yield Caller(sim)


@pytest.fixture
def limited() -> Callable[[Limits], AbstractContextManager[Caller]]:
    """A door with other limits, for the length of a block."""

    @contextmanager
    def opened(limits: Limits) -> Iterator[Caller]:
        with serve(scenario=SCENARIO, seed=7, specs=[spec(limits=limits)]) as sim:
            yield Caller(sim)

    return opened
