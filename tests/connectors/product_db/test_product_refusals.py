"""The product's own Postgres: a wrong mapping, table, row or connection is named, and nothing is ever written there."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.product_db.mapping import BadMapping, read_mapping
from connectors.taxonomy import AuthExpired, PartyError, Rejected, TransientError

NOW = datetime(2026, 11, 5, 6, tzinfo=UTC)  # what a shop's clock stands at


def test_nothing_that_a_pull_reads_can_make_it_write(orders: Any, mapped: dict[str, Any]) -> None:
    orders.order(1, "1", changed=NOW)
    orders.run("create table read_by (who text)")
    orders.run(
        "create function reads() returns text language sql volatile as "
        "$$ insert into read_by values (current_user) returning who $$"
    )
    orders.run("create view spied as select *, reads() as note from orders")
    columns = {**mapped["columns"], "status": "note"}
    orders.map({**mapped, "table": "spied", "columns": columns})
    with pytest.raises(PartyError, match="read-only transaction"):
        orders.pull()


def test_instants_without_a_zone_are_refused_until_the_mapping_says_one(shop: Any) -> None:
    shop.run("create table visits (id text, who text, at timestamp)")
    visits = {
        "table": "visits",
        "entity": "events",
        "id": "id",
        "updated_at": "at",
        "columns": {"event_id": "id", "user_id": "who", "event_type": {"value": "visit"}, "occurred_at": "at"},
    }
    shop.map(visits)
    with pytest.raises(Rejected, match="at of visits are instants without a zone: say which zone they are in"):
        shop.pull()
    shop.map({**visits, "zone": "Europe/Berlin"})
    shop.run("insert into visits values ('v1', 'u1', '2026-07-01 12:00'), ('v2', null, '2026-12-01 12:00')")
    shop.pull()
    shop.load()
    # Berlin is two hours ahead of UTC in July and one in December; v2 names nobody.
    assert shop.happened("event_id, occurred_at::varchar") == [("v1", "2026-07-01 10:00:00+00")]
    (counts,) = [shop.house.standing.counts(party="product", entity="events")]
    assert (counts.landed, counts.raw, counts.quarantined) == (2, 1, 1)


def test_values_that_no_landing_column_holds_are_set_aside_and_the_others_go_on(orders: Any) -> None:
    orders.order(1, "1.00", changed=NOW)
    orders.run("insert into orders values (2, 'u1', 5, 'NaN', 'EUR', %s, null, %s)", NOW, NOW)
    orders.run("insert into orders values (3, 'u1', 5, 3, 'EUR', 'infinity', null, %s)", NOW)
    orders.run("insert into orders values (4, 'u1', 5, 4, 'EUR', %s, null, null)", NOW)
    orders.pull()
    orders.load()
    assert orders.current("orders", "order_id") == [("o-1",), ("o-4",)]
    counts = orders.house.standing.counts(party="product", entity="orders")
    assert (counts.landed, counts.raw, counts.quarantined) == (4, 2, 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"entity": "carts"}, "tables.0.entity: 'carts' is none of events, touches, orders"),
        ({"columns": {"price": "total"}}, "tables.0: orders has no price; it has amount, currency"),
        ({"colums": {}}, "tables.0.colums: Extra inputs are not permitted"),
        ({"zone": "Berlin"}, "'Berlin' is not an IANA time zone"),
        ({"entity": "events", "columns": {}, "sweep": True}, "events never go again: leave sweep and deleted_at out"),
        ({"id": None}, "tables.0.id"),
    ],
)
def test_a_wrong_line_of_the_mapping_is_named(
    tmp_path: Path, change: dict[str, Any], says: str, mapped: dict[str, Any]
) -> None:
    (tmp_path / "product.yml").write_text(yaml.safe_dump({"shop": {"tables": [{**mapped, **change}]}}))
    with pytest.raises(BadMapping) as refused:
        read_mapping(tmp_path, "shop")
    assert says in str(refused.value)
    assert str(tmp_path / "product.yml") in str(refused.value)


def test_a_missing_file_and_a_missing_block_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match=r"product\.yml is missing: write it as docs/product-database\.md shows"):
        read_mapping(tmp_path, "shop")
    (tmp_path / "product.yml").write_text("store: {tables: []}\n")
    with pytest.raises(BadMapping, match="has no block 'shop': begin one with that name"):
        read_mapping(tmp_path, "shop")
    (tmp_path / "product.yml").write_text("shop: [\n")
    with pytest.raises(BadMapping, match="is not YAML"):
        read_mapping(tmp_path, "shop")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"table": "baskets"}, "there is no table baskets, or this user may not read it"),
        ({"table": "elsewhere.orders"}, "there is no table elsewhere.orders"),
        ({"updated_at": "touched"}, "orders has no touched; it has buyer, cents, changed_at"),
        ({"updated_at": "cents"}, "cents of orders is of type integer, not an instant of change"),
        ({"columns": {}}, "orders does not say order_id, user_id, occurred_at, amount of orders"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_before_anything_is_read(
    orders: Any, change: dict[str, Any], says: str, mapped: dict[str, Any]
) -> None:
    orders.map({**mapped, **change})
    with pytest.raises(Rejected) as refused:
        orders.pull()
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (lambda url: re.sub(r":[^:@/]+@", ":wrong-password@", url), AuthExpired),
        (lambda url: re.sub(r"@127.0.0.1:\d+/", "@127.0.0.1:9/", url), TransientError),
    ],
    ids=["a wrong password", "nobody there"],
)
def test_what_stops_a_pull_is_told_apart_and_no_password_is_quoted(
    orders: Any, url: Callable[[str], str], error: type[PartyError]
) -> None:
    orders.url = url(orders.url)
    with pytest.raises(error) as refused:
        orders.pull()
    assert "wrong-password" not in str(refused.value)
