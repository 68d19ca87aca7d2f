"""Deliveries are unpacked before they are loaded: each object once, whatever is interrupted or busy."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from actions.house import House, open_house
from actions.load_landed import Landed, load_landed
from actions.unpack_webhooks import unpack_webhooks
from connectors.lake.versions import Counts
from connectors.landing.layout import LandingLayout, Stream
from connectors.landing.locks import hold_lock
from connectors.landing.manifest import Pull
from connectors.landing.pending import find_pending
from connectors.landing.pull_writer import PullWriter

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
WEBHOOKS = Stream("whop", "webhooks", "collector")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return replace(open_house({"WEIR_HOME": str(tmp_path)}), sleep=lambda seconds: None)


def delivery(number: int, kind: str = "refund.updated", *, account: str = "biz_1", **more: Any) -> dict[str, Any]:
    data = {
        "id": f"rfnd_{number}", "payment_id": "pay_1", "status": "succeeded", "created_at": "2026-10-30T00:00:00Z",
        "updated_at": f"2026-10-30T00:00:{number:02d}Z",
    }  # fmt: skip
    return {
        "delivery_id": f"msg_{number}", "received_at": "2026-11-01T11:00:00Z", "type": kind, "account_id": account,
        "api_version_date": "2026-10-15-1", "data": data, **more,
    }  # fmt: skip


def tell(house: House, deliveries: Sequence[Any], *, pull_id: str = "000000-s1") -> None:
    pull = Pull(pull_id=pull_id, party="whop", entity="webhooks", account_id="collector", pulled_at=AT, complete=False)
    with PullWriter(house.home.landing, pull, sleep=time.sleep) as writer:
        for each in deliveries:
            writer.write_line(each if isinstance(each, str) else json.dumps(each))


def load(house: House) -> Landed:
    landed = load_landed(house.lake, warehouse=None)
    landed.raise_failures()
    return landed


def counts(house: House, entity: str) -> Counts:
    return house.standing.counts(party="whop", entity=entity)


def test_each_object_lands_beside_what_its_own_account_lists(house: House) -> None:
    tell(house, [delivery(1), delivery(2), delivery(3, account="biz_2")])
    load(house)
    assert counts(house, "webhooks").raw == 3
    files = {path.name for path in (house.home.lake / "raw" / "whop" / "refunds").iterdir()}
    assert files == {"biz_1.parquet", "biz_2.parquet"}
    assert counts(house, "refunds").raw == 3


def test_unpacking_twice_is_unpacking_once(house: House) -> None:
    tell(house, [delivery(1), delivery(2)])
    for _ in range(2):  # as after a crash between unpacking and loading
        unpack_webhooks(house.home.landing, sleep=house.sleep, wanted=lambda stream: True)
    load(house)
    assert counts(house, "refunds") == Counts(landed=2, raw=2, duplicates=0, quarantined=0)


def test_what_cannot_be_unpacked_now_is_not_loaded_either_and_waits(house: House) -> None:
    tell(house, [delivery(1)])
    lock = LandingLayout(house.home.landing).lock(Stream("whop", "refunds", "biz_1"))
    with ExitStack() as held:
        held.enter_context(hold_lock(lock, what="a pull", sleep=house.sleep, wait_seconds=0))
        load(house)
        assert counts(house, "webhooks").landed == 0
        assert [pull.stream for pull in find_pending(house.home.landing).landed] == [WEBHOOKS]
    load(house)
    assert (counts(house, "webhooks").raw, counts(house, "refunds").raw) == (1, 1)


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        json.dumps(delivery(1, "dispute_alert.created")),
        json.dumps(delivery(1, "invoice.paid")),
        json.dumps(delivery(1, account="../../etc")),
        json.dumps(delivery(1, data="gone")),
        json.dumps(["a list"]),
    ],
    ids=["not JSON", "an alert", "an unknown kind", "no account's name", "no object", "a list"],
)
def test_what_is_about_no_listed_object_stays_a_delivery_only(house: House, line: str) -> None:
    tell(house, [line, delivery(2)])
    load(house)
    assert counts(house, "refunds").landed == 1
    assert counts(house, "webhooks").landed == 2
    assert not (house.home.root / "etc").exists()


def test_a_damaged_file_is_refused_as_a_whole_and_tells_nothing(house: House) -> None:
    tell(house, [delivery(1)])
    (file,) = (house.home.landing / "whop" / "webhooks" / "collector").glob("*.jsonl")
    file.write_text(json.dumps(delivery(9)) + "\n")
    landed = load(house)
    assert "does not match the checksum in its manifest" in landed.problems[0] or "bytes" in landed.problems[0]
    assert counts(house, "refunds").landed == 0
    assert counts(house, "webhooks").quarantined == 1


def test_a_delivery_that_lands_between_unpacking_and_loading_waits_for_the_next_load(house: House) -> None:
    tell(house, [delivery(1)])
    unpacked = unpack_webhooks(house.home.landing, sleep=house.sleep, wanted=lambda stream: True)
    before = {pull.file for pull in find_pending(house.home.landing).landed}
    tell(house, [delivery(2)], pull_id="000001-s1")
    landed = find_pending(house.home.landing).landed
    assert {pull.file for pull in landed if unpacked.may_be_loaded(pull)} == before
    load(house)
    assert (counts(house, "webhooks").raw, counts(house, "refunds").raw) == (2, 2)
