"""The product's own Postgres: what its tables hold is what the lake holds, whatever changed between two pulls."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.ad_platform import Ask
from connectors.product_db.party import PRODUCT_DB

NOW = datetime(2026, 11, 5, 6, tzinfo=UTC)  # what a shop's clock stands at
OF_AN_ORDER = st.tuples(st.integers(1, 4), st.sampled_from(["set", "delete"]), st.integers(0, 99))


def test_a_pull_continues_where_the_last_one_stopped(orders: Any) -> None:
    orders.order(1, "0.10", changed=NOW - timedelta(days=3))
    orders.order(2, "12.90", changed=NOW - timedelta(days=2))
    assert orders.pull().rows == 2
    orders.order(1, "0.20", changed=NOW - timedelta(days=1))
    orders.now += timedelta(hours=1)
    second = orders.pull()
    assert second.rows == 2  # the changed one, and the newest of the last pull, which lies within the overlap
    orders.now += timedelta(hours=1)
    assert orders.pull().rows == 1
    orders.load()
    assert orders.current("orders", "order_id, user_id, amount::varchar, currency, occurred_at::varchar") == [
        ("o-1", "u1", "0.200000000", "EUR", "2026-11-05 06:00:00+00"),
        ("o-2", "u1", "12.900000000", "EUR", "2026-11-05 06:00:00+00"),
    ]


def test_a_row_from_the_future_does_not_make_a_pull_skip_the_present(orders: Any) -> None:
    orders.order(1, "1", changed=NOW + timedelta(days=400))
    orders.pull()
    orders.order(2, "2", changed=NOW)
    orders.pull()
    orders.load()
    assert orders.current("orders", "order_id") == [("o-1",), ("o-2",)]


def test_what_commits_late_within_the_overlap_is_not_missed(orders: Any) -> None:
    with closing(psycopg2.connect(orders.plain_url)) as slow:
        slow.cursor().execute(
            "insert into orders values (7, 'u7', 5, 7, 'EUR', %s, null, %s)", (NOW, NOW - timedelta(minutes=10))
        )
        orders.order(1, "1", changed=NOW)
        orders.pull()
        slow.commit()
    orders.now += timedelta(hours=1)
    orders.pull()
    orders.load()
    assert orders.current("orders", "order_id") == [("o-1",), ("o-7",)]


def test_one_pull_reads_every_table_as_it_stood_at_the_first_question(orders: Any, mapped: dict[str, Any]) -> None:
    orders.run(
        "create table extra (number int primary key, buyer text, total int, currency text, ordered_at timestamptz, "
        "changed_at timestamptz)"
    )
    orders.map(
        mapped,
        {
            **mapped,
            "table": "extra",
            "entity": "payments",
            "columns": {**mapped["columns"], "payment_id": {"text": "p-{number}"}},
        },
    )
    reports = PRODUCT_DB.reports(orders.account, orders.house.ports(PRODUCT_DB))
    with closing(reports):
        reports.profile()
        orders.run("insert into extra values (1, 'u1', 3, 'EUR', now(), now())")
        orders.order(1, "1", changed=NOW)
        assert list(reports.rows(Ask(entity="orders"))) == []
        assert list(reports.rows(Ask(entity="payments"))) == []


def test_rows_deleted_outright_end_with_the_next_daily_sweep(orders: Any, mapped: dict[str, Any]) -> None:
    orders.map({**mapped, "sweep": True})
    orders.order(1, "1", changed=NOW - timedelta(days=9))
    orders.order(2, "2", changed=NOW - timedelta(days=8))
    orders.pull()
    orders.run("delete from orders where number = 1")
    orders.now += timedelta(hours=1)
    orders.pull()
    orders.load()
    assert orders.current("orders", "order_id") == [("o-1",), ("o-2",)]  # nobody has looked for it yet
    orders.now += timedelta(days=1)
    orders.pull()
    orders.load()
    assert orders.current("orders", "order_id") == [("o-2",)]


def test_rows_marked_as_gone_end_too_and_content_says_since_when(orders: Any, mapped: dict[str, Any]) -> None:
    orders.run("create table pieces (id text primary key, kind text, taken_down timestamptz, at timestamptz)")
    pieces = {
        "table": "pieces",
        "entity": "content",
        "id": "id",
        "updated_at": "at",
        "deleted_at": "taken_down",
        "columns": {"content_id": "id"},
    }
    orders.map({**mapped, "deleted_at": "gone_at"}, pieces)
    orders.order(1, "1", changed=NOW - timedelta(days=9))
    orders.run("insert into pieces values ('a', 'article', null, %s)", NOW - timedelta(days=1))
    orders.pull()
    orders.run("update orders set gone_at = %s, changed_at = %s", NOW, NOW)
    orders.run("update pieces set taken_down = %s, at = %s", NOW, NOW)
    orders.now += timedelta(days=1)
    orders.pull()
    orders.load()
    assert orders.current("orders", "order_id") == []
    assert orders.current("content", "content_id, deleted_at::varchar") == [("a", "2026-11-05 06:00:00+00")]


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.lists(OF_AN_ORDER, max_size=5), min_size=1, max_size=4))
def test_after_a_sweep_the_lake_holds_what_the_table_holds(
    orders: Any,
    tmp_path_factory: pytest.TempPathFactory,
    days: list[list[tuple[int, str, int]]],
    mapped: dict[str, Any],
) -> None:
    orders.home = tmp_path_factory.mktemp("swept")
    orders.map({**mapped, "sweep": True})
    orders.run("truncate orders")
    held: dict[int, int] = {}
    for day, deeds in enumerate(days):
        orders.now = NOW + timedelta(days=day)
        for number, deed, total in deeds:
            if deed == "delete":
                orders.run("delete from orders where number = %s", number)
                held.pop(number, None)
            else:
                orders.order(number, str(total), changed=orders.now)
                held[number] = total
        orders.pull()
    orders.load()
    assert orders.current("orders", "order_id, amount::int") == sorted(
        (f"o-{key}", value) for key, value in held.items()
    )
