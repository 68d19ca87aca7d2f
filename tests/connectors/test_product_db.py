"""The product's own Postgres: what its tables hold is what the lake holds, whatever changed between two pulls."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.house import House, open_house
from actions.ingest_account import ingest_account
from actions.load_landed import load_landed
from actions.pull_account import AccountPull
from connectors.ad_platform import AccountRef, Ask
from connectors.product_db.mapping import BadMapping, read_mapping
from connectors.product_db.party import PRODUCT_DB
from connectors.taxonomy import AuthExpired, PartyError, Rejected, TransientError
from simulator.product.postgres import ProductDatabase
from simulator.product.stream import ProductStream
from simulator.world.lives.facts import EVENT_TYPES
from simulator.world.practice import PracticeWorld
from simulator.world.scenario import META_US, TINY

NOW = datetime(2026, 11, 5, 6, tzinfo=UTC)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "product-database.md"
ORDERS = """
    create table orders (
        number int primary key, buyer text not null, cents int, total numeric(18, 2) not null, currency char(3),
        ordered_at timestamptz not null, gone_at timestamptz, changed_at timestamptz
    )
"""
ORDERS_MAPPED: dict[str, Any] = {
    "table": "orders",
    "entity": "orders",
    "id": "number",
    "updated_at": "changed_at",
    "columns": {"order_id": {"text": "o-{number}"}, "user_id": "buyer", "amount": "total", "occurred_at": "ordered_at"},
}


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg2://", "postgresql://")


@dataclass
class Shop:
    """A database, a home whose product.yml maps it, and a clock that only moves when it is told to."""

    url: str
    home: Path
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.connection = psycopg2.connect(plain(self.url))
        self.connection.autocommit = True

    def run(self, statement: str, *values: Any) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)

    def map(self, *tables: dict[str, Any], **more: Any) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "product.yml").write_text(yaml.safe_dump({"shop": {"tables": list(tables), **more}}))

    def order(self, number: int, total: str, *, changed: datetime | None) -> None:
        self.run(
            "insert into orders values (%s, 'u1', 5, %s, 'EUR', %s, null, %s) "
            "on conflict (number) do update set total = excluded.total, changed_at = excluded.changed_at",
            *(number, total, NOW, changed),
        )

    @property
    def environ(self) -> dict[str, str]:
        return {
            "WEIR_HOME": str(self.home),
            "PRODUCT_DB_ACCOUNT_1_ID": "shop",
            "PRODUCT_DB_ACCOUNT_1_URL": self.url,
        }

    @property
    def house(self) -> House:
        return replace(open_house(self.environ), clock=lambda: self.now)

    @property
    def account(self) -> AccountRef:
        (account,) = self.house.accounts(PRODUCT_DB)
        return account

    def pull(self) -> AccountPull:
        pulled = ingest_account(self.house, self.account, run_id="r1")
        for error in pulled.failures:
            raise error
        return pulled

    def load(self) -> None:
        load_landed(self.house.lake, warehouse=None).raise_failures()

    def current(self, entity: str, columns: str) -> list[tuple[Any, ...]]:
        return self._asked(entity, columns, where="_valid_to is null")

    def happened(self, columns: str) -> list[tuple[Any, ...]]:
        return self._asked("events", columns, where="true")

    def _asked(self, entity: str, columns: str, *, where: str) -> list[tuple[Any, ...]]:
        files = [path.as_posix() for path in (self.home / "lake" / "raw" / "product" / entity).rglob("*.parquet")]
        if not files:
            return []
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            relation = "read_parquet($files, hive_partitioning = false, union_by_name = true)"
            query = f"select {columns} from {relation} where {where} order by all"
            return connection.execute(query, {"files": files}).fetchall()


@pytest.fixture
def shop(postgres_url: str, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(postgres_url, tmp_path / "home")
    with closing(shop.connection):
        yield shop


@pytest.fixture
def orders(shop: Shop) -> Shop:
    shop.run(ORDERS)
    shop.map(ORDERS_MAPPED)
    return shop


def test_a_pull_continues_where_the_last_one_stopped(orders: Shop) -> None:
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


def test_a_row_from_the_future_does_not_make_a_pull_skip_the_present(orders: Shop) -> None:
    orders.order(1, "1", changed=NOW + timedelta(days=400))
    orders.pull()
    orders.order(2, "2", changed=NOW)
    orders.pull()
    orders.load()
    assert orders.current("orders", "order_id") == [("o-1",), ("o-2",)]


def test_what_commits_late_within_the_overlap_is_not_missed(orders: Shop) -> None:
    with closing(psycopg2.connect(plain(orders.url))) as slow:
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


def test_one_pull_reads_every_table_as_it_stood_at_the_first_question(orders: Shop) -> None:
    orders.run(
        "create table extra (number int primary key, buyer text, total int, currency text, ordered_at timestamptz, "
        "changed_at timestamptz)"
    )
    orders.map(
        ORDERS_MAPPED,
        {
            **ORDERS_MAPPED,
            "table": "extra",
            "entity": "payments",
            "columns": {**ORDERS_MAPPED["columns"], "payment_id": {"text": "p-{number}"}},
        },
    )
    reports = PRODUCT_DB.reports(orders.account, orders.house.ports(PRODUCT_DB))
    with closing(reports):
        reports.profile()
        orders.run("insert into extra values (1, 'u1', 3, 'EUR', now(), now())")
        orders.order(1, "1", changed=NOW)
        assert list(reports.rows(Ask(entity="orders"))) == []
        assert list(reports.rows(Ask(entity="payments"))) == []


def test_nothing_that_a_pull_reads_can_make_it_write(orders: Shop) -> None:
    orders.order(1, "1", changed=NOW)
    orders.run("create table read_by (who text)")
    orders.run(
        "create function reads() returns text language sql volatile as "
        "$$ insert into read_by values (current_user) returning who $$"
    )
    orders.run("create view spied as select *, reads() as note from orders")
    columns = {**ORDERS_MAPPED["columns"], "status": "note"}
    orders.map({**ORDERS_MAPPED, "table": "spied", "columns": columns})
    with pytest.raises(PartyError, match="read-only transaction"):
        orders.pull()


def test_rows_deleted_outright_end_with_the_next_daily_sweep(orders: Shop) -> None:
    orders.map({**ORDERS_MAPPED, "sweep": True})
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


def test_rows_marked_as_gone_end_too_and_content_says_since_when(orders: Shop) -> None:
    orders.run("create table pieces (id text primary key, kind text, taken_down timestamptz, at timestamptz)")
    pieces = {
        "table": "pieces",
        "entity": "content",
        "id": "id",
        "updated_at": "at",
        "deleted_at": "taken_down",
        "columns": {"content_id": "id"},
    }
    orders.map({**ORDERS_MAPPED, "deleted_at": "gone_at"}, pieces)
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


def test_instants_without_a_zone_are_refused_until_the_mapping_says_one(shop: Shop) -> None:
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


def test_values_that_no_landing_column_holds_are_set_aside_and_the_others_go_on(orders: Shop) -> None:
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
def test_a_wrong_line_of_the_mapping_is_named(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    (tmp_path / "product.yml").write_text(yaml.safe_dump({"shop": {"tables": [{**ORDERS_MAPPED, **change}]}}))
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
    orders: Shop, change: dict[str, Any], says: str
) -> None:
    orders.map({**ORDERS_MAPPED, **change})
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
    orders: Shop, url: Callable[[str], str], error: type[PartyError]
) -> None:
    orders.url = url(orders.url)
    with pytest.raises(error) as refused:
        orders.pull()
    assert "wrong-password" not in str(refused.value)


@pytest.fixture(scope="module")
def stream() -> ProductStream:
    world = PracticeWorld(replace(TINY, accounts=(META_US,), history_days=20, people=3_000), seed=5)
    return ProductStream(world)


def test_the_practice_product_arrives_whole_with_every_kind_of_event(shop: Shop, stream: ProductStream) -> None:
    (told,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    shop.home.mkdir()
    (shop.home / "product.yml").write_text(told)
    database = ProductDatabase(stream, dsn=plain(shop.url))
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


OF_AN_ORDER = st.tuples(st.integers(1, 4), st.sampled_from(["set", "delete"]), st.integers(0, 99))


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.lists(OF_AN_ORDER, max_size=5), min_size=1, max_size=4))
def test_after_a_sweep_the_lake_holds_what_the_table_holds(
    orders: Shop, tmp_path_factory: pytest.TempPathFactory, days: list[list[tuple[int, str, int]]]
) -> None:
    orders.home = tmp_path_factory.mktemp("swept")
    orders.map({**ORDERS_MAPPED, "sweep": True})
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
