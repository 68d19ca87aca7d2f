"""A product's own Postgres that can be changed at will, and a home that pulls from it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
import yaml

from actions.house import House, open_house
from actions.ingest_account import ingest_account
from actions.load_landed import load_landed
from actions.pull_account import AccountPull
from connectors.ad_platform import AccountRef
from connectors.product_db.party import PRODUCT_DB

NOW = datetime(2026, 11, 5, 6, tzinfo=UTC)
ORDERS = """
    create table orders (
        number int primary key, buyer text not null, cents int, total numeric(18, 2) not null, currency char(3),
        ordered_at timestamptz not null, gone_at timestamptz, changed_at timestamptz
    )
"""
_MAPPED: dict[str, Any] = {
    "table": "orders",
    "entity": "orders",
    "id": "number",
    "updated_at": "changed_at",
    "columns": {"order_id": {"text": "o-{number}"}, "user_id": "buyer", "amount": "total", "occurred_at": "ordered_at"},
}


@dataclass
class Shop:
    """A database, a home whose product.yml maps it, and a clock that only moves when it is told to."""

    url: str
    home: Path
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.connection = psycopg2.connect(self.plain_url)
        self.connection.autocommit = True

    @property
    def plain_url(self) -> str:
        return self.url.replace("postgresql+psycopg2://", "postgresql://")

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


@pytest.fixture(scope="session")
def mapped() -> dict[str, Any]:
    """How the table of orders is mapped."""
    return _MAPPED


@pytest.fixture
def orders(shop: Shop, mapped: dict[str, Any]) -> Shop:
    shop.run(ORDERS)
    shop.map(mapped)
    return shop
