"""A mill for ad-days: pulls are landed as the connectors land them, loaded into a real lake, and built by dbt.

On both engines, in a folder and a database of their own. Nothing is mocked; only the platforms' answers are written by
hand, so that expected values can be calculated by hand too.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
from dbt.adapters.duckdb import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from sqlalchemy import make_url

from actions.define import bring_definitions
from connectors.ad_platform import DayWindow, Row
from connectors.entity_schema import EntitySchema
from connectors.experiments.schemas import SCHEMAS as EXPERIMENTS
from connectors.imported_ads.schemas import SCHEMAS as IMPORTED_ADS
from connectors.lake.loader import Lake, LoadReport
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullWriter
from connectors.markets.schemas import SCHEMAS as MARKETS
from connectors.messaging.schemas import SCHEMAS as MESSAGING
from connectors.outreach.schemas import SCHEMAS as OUTREACH
from connectors.predictions.schemas import SCHEMAS as PREDICTIONS
from connectors.product.schemas import SCHEMAS as PRODUCT
from connectors.registry import AD_PLATFORMS
from connectors.warehouse.dbt_process import DbtTarget, duckdb_target, postgres_target
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse
from connectors.warehouse.postgres_warehouse import PostgresWarehouse
from connectors.whop.schemas import SCHEMAS as WHOP

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
SCHEMAS: tuple[EntitySchema, ...] = (
    *(schema for spec in AD_PLATFORMS for schema in spec.schemas),
    *IMPORTED_ADS,
    *MARKETS,
    *PRODUCT,
    *WHOP,
    *MESSAGING,
    *EXPERIMENTS,
    *OUTREACH,
    *PREDICTIONS,
)
LOADED_AT = datetime(2026, 12, 1, tzinfo=UTC)
TABLES = ("config.materialized:table", "config.materialized:incremental")


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def connected(url: str) -> Iterator[psycopg2.extensions.connection]:
    parts = make_url(url)
    connection = psycopg2.connect(
        host=parts.host, port=parts.port, user=parts.username, password=parts.password, dbname=parts.database
    )
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()


@dataclass(frozen=True)
class Dbt:
    """dbt in this process, on a project that was parsed once."""

    target: DbtTarget
    manifest: Manifest
    work: Path

    def run(self, *arguments: str, variables: Mapping[str, object] | None = None) -> dbtRunnerResult:
        command = [
            *("--quiet", *arguments, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(self.work), "--log-path", str(self.work), "--target", self.target.engine),
            "--no-write-json",
            *(("--vars", json.dumps(variables)) if variables else ()),
        ]
        with environment(self.target.environment):
            try:
                return dbtRunner(manifest=self.manifest).invoke(command)
            finally:
                DuckDBConnectionManager.close_all_connections()


@dataclass(frozen=True, kw_only=True)
class Mill:
    folder: Path
    warehouse: DuckDbWarehouse | PostgresWarehouse
    dbt: Dbt

    def land(
        self,
        party: str,
        entity: str,
        account: str,
        rows: Sequence[Row],
        *,
        at: datetime,
        window: tuple[date, date] | None = None,
        currency: str | None = "USD",
        timezone: str | None = "UTC",
        complete: bool = True,
    ) -> None:
        """One pull: `window` is the first day asked for and the first day that is not."""
        pull = Pull(
            pull_id=f"{entity}-{account}",
            party=party,
            entity=entity,
            account_id=account,
            pulled_at=at,
            window=DayWindow(*window) if window else None,
            currency=currency,
            timezone=timezone,
            complete=complete,
        )
        with PullWriter(self.folder / "landing", pull, sleep=time.sleep) as writer:
            for row in rows:
                writer.write(row)

    def define(self, text: str) -> None:
        """Definitions in YAML, in the place of those that were given before."""
        (self.folder / "definitions").mkdir(exist_ok=True)
        (self.folder / "definitions" / "own.yml").write_text(text, encoding="utf-8")

    def load(self) -> LoadReport:
        lake = Lake(
            landing=self.folder / "landing",
            root=self.folder / "lake",
            schemas=SCHEMAS,
            clock=lambda: LOADED_AT,
            sleep=time.sleep,
        )
        report = lake.load_pulls()
        assert report.failures == ()
        return report

    def build(self, *arguments: str, variables: Mapping[str, object] | None = None) -> None:
        """Loads what has landed and builds the models; nothing may fail."""
        self.load()
        self.warehouse.sync_raw()
        assert bring_definitions(self.warehouse, own=self.folder / "definitions").refused == ()
        untested = ("--exclude-resource-type", "test", "unit_test")
        result = self.dbt.run("build", *untested, *arguments, variables=variables)
        assert result.success, failures(result)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        if isinstance(self.warehouse, DuckDbWarehouse):
            with self.warehouse.writing() as connection:
                return connection.execute(sql).fetchall()
        with connected(self.warehouse.url) as connection, connection.cursor() as cursor:
            cursor.execute("set timezone = 'UTC'")
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def mart(self, name: str) -> list[tuple[str, ...]]:
        """Every row of a mart as text, in one canonical form and order, so that engines and builds can be compared."""
        path = self.folder / f"{name}.parquet"
        self.warehouse.export_mart(name, path)
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            rows = connection.execute("select columns(*)::varchar from read_parquet($path)", {"path": str(path)})
            return sorted(rows.fetchall(), key=repr)


def failures(result: dbtRunnerResult) -> str:
    if result.exception is not None:
        return str(result.exception)
    return "\n".join(f"{each.node.name}: {each.message}" for each in result.result if each.status in ("error", "fail"))


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Callable[[DbtTarget], Manifest]:
    """The project, parsed once for each engine; what `make` has parsed before is taken up where it still holds."""
    parsed: dict[str, Manifest] = {}

    def manifest(target: DbtTarget) -> Manifest:
        if target.engine not in parsed:
            work = tmp_path_factory.mktemp(f"parsed-{target.engine}")
            known = PROJECT / "target" / target.engine / "partial_parse.msgpack"
            if known.is_file():
                shutil.copy(known, work / known.name)
            with environment(target.environment):
                result = dbtRunner().invoke(
                    [
                        *("--quiet", "parse", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                        *("--target-path", str(work), "--log-path", str(work), "--target", target.engine),
                    ]
                )
            assert isinstance(result.result, Manifest), result.exception
            parsed[target.engine] = result.result
        return parsed[target.engine]

    return manifest


@pytest.fixture(scope="session")
def database(postgres_cluster: Any) -> Iterator[str]:
    """One database for all Postgres mills: its name is part of what dbt has parsed."""
    with postgres_cluster.fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def new_mills(manifests: Callable[[DbtTarget], Manifest], database: str) -> Callable[..., dict[str, Mill]]:
    """Makes mills over one lake, each with its own warehouse: "postgres" is one, every other name a DuckDB file."""

    def make(folder: Path, *names: str) -> dict[str, Mill]:
        return {name: mill(folder, name) for name in names}

    def mill(folder: Path, name: str) -> Mill:
        work, lake = folder / name, folder / "lake"
        work.mkdir()
        if name == "postgres":
            with connected(database) as connection, connection.cursor() as cursor:
                cursor.execute("drop schema if exists raw, staging, intermediate, marts cascade")
            target, warehouse = postgres_target(database), PostgresWarehouse(url=database, lake=lake, schemas=SCHEMAS)
        else:
            path = work / "warehouse.duckdb"
            target = duckdb_target(path)
            warehouse = DuckDbWarehouse(path=path, lake=lake, schemas=SCHEMAS, sleep=time.sleep)
        return Mill(folder=folder, warehouse=warehouse, dbt=Dbt(target, manifests(target), work))

    return make
