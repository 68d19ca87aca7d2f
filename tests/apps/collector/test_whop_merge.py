"""Whop's deliveries through a running collector into the lake, beside its lists: the newest change is what counts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from actions.house import House, open_house
from actions.ingest_account import ingest_account
from actions.load_landed import load_landed
from connectors.whop.client import VERSION
from connectors.whop.party import WHOP
from simulator.services import whop_webhook_secret
from simulator.serving import Sim, serve
from simulator.whop.door import DOOR
from simulator.world.scenario import META_US, TINY

SMALL = replace(TINY, accounts=(META_US,), history_days=20, people=5_000)
# What a version is told from another by: members have no updated_at.
KINDS = {
    "payments": ("payment_id", "updated_at"),
    "memberships": ("membership_id", "updated_at"),
    "members": ("member_id", "most_recent_action_at"),
    "refunds": ("refund_id", "updated_at"),
}


@pytest.fixture
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, specs=[DOOR]) as running:
        yield running


def house_of(sim: Sim, home: Path) -> House:
    return replace(open_house({**sim.services_environment(), "WEIR_HOME": str(home)}), clock=sim.world.now)


def pull(house: House) -> None:
    (account,) = house.accounts(WHOP)
    assert ingest_account(house, account, run_id="r1").failures == ()


def held(sim: Sim, entity: str) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {sim.keys.whop_api_key}", "api-version-date": VERSION}
    found: dict[str, Any] = {}
    after: dict[str, str] = {}
    with httpx.Client(base_url=f"{sim.base_url}/api/v1", headers=headers, timeout=30) as client:
        while True:
            page = client.get(f"/{entity}", params={"first": 100, **after}).raise_for_status().json()
            found |= {row["id"]: row[KINDS[entity][1]] for row in page["data"]}
            if page["page_info"]["end_cursor"] is None:
                return found
            after = {"after": page["page_info"]["end_cursor"]}


def refunded(sim: Sim) -> set[str]:
    headers = {"authorization": f"Bearer {sim.keys.whop_api_key}", "api-version-date": VERSION}
    answer = httpx.get(f"{sim.base_url}/api/v1/refunds", headers=headers, params={"first": 100}, timeout=30)
    return {row["payment_id"] for row in answer.raise_for_status().json()["data"]}


def current(home: Path, entity: str) -> dict[str, Any]:
    files = (home / "lake" / "raw" / "whop" / entity / "*.parquet").as_posix()
    id_, changed = KINDS[entity]
    with duckdb.connect() as connection:
        query = f"select {id_}, json_extract_string(payload, '$.{changed}') from '{files}' where _valid_to is null"
        rows = connection.execute(query).fetchall()
    assert len(rows) == len(dict(rows))
    return dict(rows)


@pytest.mark.slow
def test_deliveries_in_any_order_and_number_bring_the_lake_to_what_whop_holds(sim: Sim, home: Path, start: Any) -> None:
    house = house_of(sim, home)
    pull(house)
    collector = start(variables={"WEIR_COLLECTOR_WHOP_SECRET": whop_webhook_secret(sim.world.seed, 0)})
    listening = {"url": f"{collector.url}/webhooks/whop", "api_version_date": VERSION}
    key = {"authorization": f"Bearer {sim.keys.whop_api_key}", "api-version-date": VERSION}
    httpx.post(f"{sim.base_url}/api/v1/webhooks", json=listening, headers=key, timeout=30).raise_for_status()
    httpx.put(f"{sim.base_url}/sim/whop", json={"webhook_forged": 0.02}).raise_for_status()
    sim.webhooks.disorder.duplicates, sim.webhooks.disorder.reordered = 0.2, 0.3
    before = {entity: held(sim, entity) for entity in KINDS}
    sim.control.advance(days=3)
    assert sim.webhooks.settle(timeout_seconds=60)
    collector.stop()

    landed = load_landed(house.lake, warehouse=None)
    landed.raise_failures()
    assert landed.problems == ()
    for entity in KINDS:
        told, now = current(home, entity), held(sim, entity)
        differ = {id_ for id_ in now if told.get(id_) != now[id_]}
        # A payment that is given back changes too, and no event says so: its refund does, and the next list.
        assert differ <= (refunded(sim) if entity == "payments" else set()), entity
        assert now != before[entity]
    counts = house.standing.all_counts()
    assert all(each.landed == each.raw + each.duplicates + each.quarantined for each in counts.values())
    assert counts["whop", "webhooks"].quarantined == 0

    pull(house)  # the lists say the same thing again, a little less of it
    load_landed(house.lake, warehouse=None).raise_failures()
    for entity in KINDS:
        assert current(home, entity) == held(sim, entity), entity


def test_an_undated_delivery_is_set_aside_with_what_to_change(sim: Sim, home: Path, start: Any) -> None:
    house = house_of(sim, home)
    collector = start(variables={"WEIR_COLLECTOR_WHOP_SECRET": whop_webhook_secret(sim.world.seed, 0)})
    key = {"authorization": f"Bearer {sim.keys.whop_api_key}"}
    listening = {"url": f"{collector.url}/webhooks/whop", "events": ["payment.succeeded"]}
    httpx.post(f"{sim.base_url}/api/v1/webhooks", json=listening, headers=key, timeout=30).raise_for_status()
    sim.control.advance(days=2)
    assert sim.webhooks.settle(timeout_seconds=60)
    collector.stop()
    load_landed(house.lake, warehouse=None).raise_failures()
    counts = house.standing.all_counts()
    told = counts["whop", "webhooks"].raw
    assert told > 0
    payments = counts["whop", "payments"]
    assert (payments.landed, payments.raw, payments.quarantined) == (told, 0, told)
    reasons = house.standing.set_aside(party="whop", entity="payments", most=1)
    assert f"set the webhook's api_version_date to {VERSION} at Whop" in reasons[0].reasons
