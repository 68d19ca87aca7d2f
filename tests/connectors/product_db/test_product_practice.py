"""The practice world's product through its own Postgres, by the mapping that the documentation shows."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from simulator.product.postgres import ProductDatabase
from simulator.product.stream import ProductStream
from simulator.world.lives.facts import EVENT_TYPES
from simulator.world.practice import PracticeWorld
from simulator.world.scenario import META_US, TINY

PAGE = Path(__file__).resolve().parents[3] / "docs" / "product-database.md"
SMALL = replace(TINY, accounts=(META_US,), history_days=20, people=3_000)


def test_the_practice_product_arrives_whole_with_every_kind_of_event(shop: Any) -> None:
    stream = ProductStream(PracticeWorld(SMALL, seed=5))
    (told,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    shop.home.mkdir()
    (shop.home / "product.yml").write_text(told)
    database = ProductDatabase(stream, dsn=shop.plain_url)
    middle = stream.opened_at() + timedelta(days=10)
    database.maintain(middle)
    shop.now = middle
    first = shop.pull()
    shop.now = stream.known_until()
    rows = database.maintain()
    second = shop.pull()
    shop.load()

    happened = stream.rows("events", stream.opened_at(), stream.known_until())
    events = Counter((row["event_id"], row["event_type"]) for row in happened)
    found = shop.happened("event_id, event_type")
    signed_up = [event for event, kind in found if kind == "account_created"]
    assert Counter(each for each in found if each[1] != "account_created") == events
    assert {kind for _, kind in events} >= set(EVENT_TYPES) - {"referral_earning"}
    assert len(signed_up) == rows["users"]
    assert len(shop.current("orders", "order_id")) == rows["orders"]
    assert len(shop.current("content", "content_id")) == rows["articles"] + rows["catalogue"]
    # The second pull reads what is new (and orders and people again that changed), not everything again.
    brought = [{each.entity: each.rows for each in pull.entities} for pull in (first, second)]
    assert brought[0]["events"] + brought[1]["events"] < 1.05 * len(found)
