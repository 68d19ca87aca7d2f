"""The product's own Postgres, real and filled by the same world: rows change in place, are withdrawn, are deleted."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg2
import pytest
from psycopg2.sql import SQL, Identifier

from simulator.product.postgres import ProductDatabase
from simulator.product.stream import ProductStream
from simulator.product.tables import TABLES
from simulator.serving import serve
from simulator.world.practice import PracticeWorld
from simulator.world.scenario import META_US, TINY, X_US

SHORT = replace(TINY, accounts=(META_US, X_US), history_days=12, people=5_000)
KEYS = {
    "users": ("user_id",), "articles": ("article_id",), "catalogue": ("content_id",), "orders": ("order_id",),
    "hub_follows": ("user_id", "hub_id"), "user_events": ("event_id",),
}  # fmt: skip
Dump = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


@pytest.fixture
def dsn(postgres_url: str) -> str:
    return postgres_url.replace("+psycopg2", "")


@pytest.fixture(scope="module")
def world() -> PracticeWorld:
    return PracticeWorld(SHORT, seed=3)


@pytest.fixture(scope="module")
def filled(postgres_cluster: Any, world: PracticeWorld) -> Iterator[str]:
    """A database that was filled once, for tests that only look."""
    with postgres_cluster.fresh_database() as url:
        dsn = url.replace("+psycopg2", "")
        ProductDatabase(ProductStream(world), dsn=dsn).maintain()
        yield dsn


@pytest.fixture
def kept(world: PracticeWorld, dsn: str) -> ProductDatabase:
    return ProductDatabase(ProductStream(world), dsn=dsn)


def dump(dsn: str) -> Dump:
    found: Dump = {}
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(SQL("select * from {}").format(Identifier(table)))
            assert cursor.description is not None
            names = [column.name for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            found[table] = {tuple(row[name] for name in KEYS[table]): row for row in rows}
    return found


def stamped(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_its_rows_are_those_of_the_stream(world, filled):
    found, stream = dump(filled), ProductStream(world)
    told = {
        entity: list(stream.rows(entity, stream.opened_at(), stream.known_until()))
        for entity in ("events", "users", "orders", "content")
    }
    assert set(found["user_events"]) == {(row["event_id"],) for row in told["events"]}
    assert set(found["users"]) == {(row["user_id"],) for row in told["users"]}
    newest = {row["order_id"]: row for row in told["orders"]}
    assert set(found["orders"]) == {(id_,) for id_ in newest}
    for (id_,), row in found["orders"].items():
        assert (float(row["amount"]), row["status"]) == (float(newest[id_]["amount"]), newest[id_]["status"])
    content = {row["content_id"]: row for row in told["content"]}
    assert {id_ for table in ("articles", "catalogue") for (id_,) in found[table]} == set(content)
    one = told["events"][100]
    row = found["user_events"][one["event_id"],]
    assert (stamped(row["occurred_at"]), row["properties"]) == (one["occurred_at"], one["properties"])


def test_filling_it_again_changes_nothing(world, filled):
    before = dump(filled)
    counted = ProductDatabase(ProductStream(world), dsn=filled).maintain()
    assert dump(filled) == before
    assert counted == {table: len(rows) for table, rows in before.items()}


def test_day_by_day_brings_the_same_as_all_at_once(world, kept, dsn, filled):
    opened = world.opened_at()
    for hours in (0, 7, 30, 31, 200):
        kept.maintain(until=opened + timedelta(hours=hours))
    kept.maintain()
    assert dump(dsn) == dump(filled)


def test_what_changed_says_so_and_what_ended_is_gone(world, kept, dsn):
    """A reader who asks for what was updated since misses nothing but rows that were deleted outright."""
    halfway = just_before_somebody_leaves_a_hub(world)
    kept.maintain(until=halfway)
    before = dump(dsn)
    kept.maintain()
    after = dump(dsn)
    for table in TABLES:
        changed = [row for key, row in after[table].items() if before[table].get(key) != row]
        assert all(row["updated_at"] >= halfway for row in changed)
        assert changed or table == "catalogue"  # it changes on Thursdays only
    gone = {table: set(before[table]) - set(after[table]) for table in TABLES}
    assert gone.pop("hub_follows")
    assert gone == {table: set() for table in TABLES if table != "hub_follows"}
    both = before["users"].keys() & after["users"].keys()
    assert any(after["users"][key]["last_login_at"] != before["users"][key]["last_login_at"] for key in both)
    refunded = [row for row in after["orders"].values() if row["refunded_amount"]]
    assert refunded
    assert all(row["updated_at"] > row["created_at"] and row["status"] != "paid" for row in refunded)


def just_before_somebody_leaves_a_hub(world: PracticeWorld) -> datetime:
    stream = ProductStream(world)
    events = stream.rows("events", world.opened_at() + timedelta(days=4), stream.known_until())
    left = next(each["occurred_at"] for each in events if each["event_type"] == "hub_unfollow")
    return datetime.fromisoformat(left) - timedelta(seconds=1)


def test_articles_are_corrected_a_day_later_and_withdrawn_after_ten(filled):
    articles = dump(filled)["articles"].values()
    corrected = [row for row in articles if row["updated_at"] != row["published_at"] and row["deleted_at"] is None]
    assert {row["updated_at"] - row["published_at"] for row in corrected} == {timedelta(days=1)}
    withdrawn = [row for row in articles if row["deleted_at"] is not None]
    assert {row["deleted_at"] - row["published_at"] for row in withdrawn} <= {timedelta(days=10)}


def test_its_orders_are_the_payments_of_the_provider(world, filled):
    payments = world.society.commerce().till.payments
    for (id_,), row in dump(filled)["orders"].items():
        payment = payments[row["payment_id"]]
        assert f"o{payment.order:020d}" == id_
        assert row["user_id"] == f"p{payment.person:07d}"
        assert (row["status"] == "paid") == (payment.refunded_minor == 0)


@pytest.fixture
def served(world: PracticeWorld, dsn: str) -> Iterator[str]:
    with serve(world=world, specs=[], database=dsn) as sim:
        yield sim.base_url


def test_the_worlds_own_is_named_in_its_environment_and_filled_without_being_named(served, world, dsn):
    told = httpx.get(f"{served}/sim/services").json()
    assert (told["PRODUCT_DB_ACCOUNT_1_ID"], told["PRODUCT_DB_ACCOUNT_1_URL"]) == ("shop", dsn)
    until = {"until": (world.opened_at() + timedelta(hours=5)).isoformat()}
    counted = httpx.post(f"{served}/sim/product/postgres", json=until, timeout=60).raise_for_status().json()["rows"]
    assert counted == {table: len(rows) for table, rows in dump(dsn).items()}


def test_it_can_be_asked_for_over_http(served, world, dsn):
    until = (world.opened_at() + timedelta(days=1)).isoformat()
    answer = httpx.post(f"{served}/sim/product/postgres", json={"dsn": dsn, "until": until}, timeout=60)
    assert answer.raise_for_status().json()["rows"] == {table: len(rows) for table, rows in dump(dsn).items()}


def test_a_database_that_is_not_there_is_an_answer_without_its_password(served):
    nowhere = "postgresql://weir:hush@127.0.0.1:9/none"
    answer = httpx.post(f"{served}/sim/product/postgres", json={"dsn": nowhere}, timeout=60)
    assert answer.status_code == 502
    assert "hush" not in answer.text
