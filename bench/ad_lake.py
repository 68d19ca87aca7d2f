"""A lake as years of daily pulls leave it, written straight as Parquet: ad-days of three platforms, with versions.

For benches that need millions of rows and not their landing. Folders, columns and types are those of `connectors.lake`;
what the rows say is in `bench.ad_lake_contents`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from bench.ad_lake_contents import ACCOUNTS, RATES, RESTATED_SHARE, VERSIONED_AD_DAYS, Account
from connectors.entity_schema import EntitySchema
from connectors.lake.columns import lake_columns
from connectors.lake.layout import LakeLayout
from connectors.lake.load_log import LoadRecord, month_file
from connectors.lake.sql import fill, in_memory, literal, quoted
from connectors.lake.versions import Counts
from connectors.landing.layout import Stream

FIRST_DAY = date(2024, 1, 1)
WINDOW_DAYS = 28


@dataclass(frozen=True, kw_only=True)
class AdLake:
    root: Path
    schemas: Sequence[EntitySchema]
    days: int
    rows_per_account_day: int  # versions included

    @property
    def last_day(self) -> date:
        return FIRST_DAY + timedelta(days=self.days - 1)

    def ads(self, account: Account) -> int:
        return max(1, round(self.rows_per_account_day / len(account.platform.slices) / (1 + RESTATED_SHARE)))

    def write(self) -> int:
        """Everything up to `last_day`, as daily pulls of four weeks each left it. Gives the number of ad-day rows."""
        rows = 0
        with in_memory() as connection:
            for account in ACCOUNTS:
                for entity, values in account.platform.objects.items():
                    self._write_objects(connection, account, entity, values)
                rows += self._write_days(connection, account, since=FIRST_DAY)
            self._write_rates(connection)
        days = [FIRST_DAY + timedelta(days=number) for number in range(self.days)]
        self._log(_loads(days, first_seq=1))
        return rows

    def add_day(self) -> "AdLake":
        """One more day in every account, and one row in seven of the four weeks that were pulled again restated."""
        grown = replace(self, days=self.days + 1)
        with in_memory() as connection:
            for account in ACCOUNTS:
                self._restate(connection, account, pulled_at=_pulled_at(grown.last_day))
                grown._write_days(connection, account, since=grown.last_day)
            grown._write_rates(connection)
        self._log(_loads([grown.last_day], first_seq=self.days * len(ACCOUNTS) + 1))
        return grown

    def _write_objects(
        self, connection: duckdb.DuckDBPyConnection, account: Account, entity: str, values: Mapping[str, str]
    ) -> None:
        schema = self._schema(account.platform.party, entity)
        seen = {"_valid_from": fill("timestamptz {at}", at=literal(_pulled_at(FIRST_DAY).isoformat()))}
        query = fill(
            "select distinct {columns} from range({ads}) as ads(ad)",
            columns=columns_sql(schema, {**account.values, **values, **seen}),
            ads=str(self.ads(account)),
        )
        path = LakeLayout(self.root).partition(Stream(schema.party, entity, account.account_id), None)
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.sql(query).write_parquet(path.as_posix(), compression="zstd")

    def _write_days(self, connection: duckdb.DuckDBPyConnection, account: Account, *, since: date) -> int:
        schema = self._schema(account.platform.party, "ad_daily")
        values = {**account.values, **account.platform.values, "date": "day"}
        seen = {"_valid_from": "_valid_from", "_valid_to": "_valid_to"}
        slices = ", ".join(literal(each) for each in account.platform.slices)
        rows = fill(
            VERSIONED_AD_DAYS,
            ads=str(self.ads(account)),
            slices=slices,
            first=FIRST_DAY.isoformat(),
            since=since.isoformat(),
            until=(self.last_day + timedelta(days=1)).isoformat(),
        )
        columns = columns_sql(schema, {**values, **seen})
        return self._write_partitions(connection, account, fill("select {c} from ({rows})", c=columns, rows=rows))

    def _restate(self, connection: duckdb.DuckDBPyConnection, account: Account, *, pulled_at: datetime) -> None:
        stream = Stream(account.platform.party, "ad_daily", account.account_id)
        window = [self.last_day - timedelta(days=number) for number in range(WINDOW_DAYS - 1)]
        paths = [
            path
            for day in window
            for path in LakeLayout(self.root).partition(stream, day).parent.glob(f"{account.account_id}*.parquet")
        ]
        read = fill(
            "create or replace temp table window_rows as "
            "select *, _valid_to is null and hash({ad}, date) % 7 = 0 as again "
            "from read_parquet($paths, hive_partitioning = true, hive_types = {{'date': date}})",
            ad=quoted(account.platform.ad_column),
        )
        connection.execute(read, {"paths": [path.as_posix() for path in paths]})
        for path in paths:
            path.unlink()
        spend = quoted(account.platform.spend_column)
        at = fill("timestamptz {at}", at=literal(pulled_at.isoformat()))
        query = fill(
            "select * exclude (again) replace (case when again then {at} else _valid_to end as _valid_to) "
            "from window_rows union all by name "
            "select * exclude (again) replace ({spend} + 1 as {spend}, {at} as _valid_from, null as _valid_to) "
            "from window_rows where again",
            at=at,
            spend=spend,
        )
        self._write_partitions(connection, account, query)

    def _write_partitions(self, connection: duckdb.DuckDBPyConnection, account: Account, query: str) -> int:
        folder = LakeLayout(self.root).entity(account.platform.party, "ad_daily")
        folder.mkdir(parents=True, exist_ok=True)
        copy = (
            "copy (select * from ({query}) order by date) to {folder} (format parquet, partition_by (date), "
            "filename_pattern {account}, compression zstd, overwrite_or_ignore)"
        )
        written = connection.execute(
            fill(copy, query=query, folder=literal(folder.as_posix()), account=literal(account.account_id))
        ).fetchone()
        return int(written[0]) if written else 0

    def _write_rates(self, connection: duckdb.DuckDBPyConnection) -> None:
        schema = self._schema("markets", "fx_rates")
        values = {
            "account_id": "'files'",
            "date": "day",
            "currency": "currency",
            "usd_per_unit": "usd_per_unit",
            "payload": "json_object('usd_per_unit', usd_per_unit::varchar)::varchar",
            "_valid_from": fill("timestamptz {at}", at=literal(_pulled_at(FIRST_DAY).isoformat())),
        }
        query = fill(
            "select {columns} from (select rates.currency, rates.usd_per_unit, range::date as day "
            "from range(date {first}, date {until}, interval 1 day) cross join (values {rates}) "
            "as rates(currency, usd_per_unit))",
            columns=columns_sql(schema, values),
            rates=RATES,
            first=literal(FIRST_DAY.isoformat()),
            until=literal((self.last_day + timedelta(days=1)).isoformat()),
        )
        path = LakeLayout(self.root).partition(Stream("markets", "fx_rates", "files"), None)
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.sql(query).write_parquet(path.as_posix(), compression="zstd")

    def _schema(self, party: str, entity: str) -> EntitySchema:
        return next(schema for schema in self.schemas if (schema.party, schema.entity) == (party, entity))

    def _log(self, records: Iterator[LoadRecord]) -> None:
        for record in records:
            path = self.root / month_file(record.loaded_at)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as log:
                log.write(record.line())


def columns_sql(schema: EntitySchema, values: Mapping[str, str]) -> str:
    """Every column a lake file of the schema has, in order and of its type; what is not given is null."""
    return ", ".join(
        fill("({value})::{type_} as {name}", value=values.get(name, "null"), type_=type_, name=quoted(name))
        for name, type_ in lake_columns(schema)
    )


def _pulled_at(day: date) -> datetime:
    """Six in the morning after the day, when the daily pulls run."""
    return datetime.combine(day + timedelta(days=1), time(6), tzinfo=UTC)


def _loads(days: Sequence[date], *, first_seq: int) -> Iterator[LoadRecord]:
    """The log of one daily pull of each account, four weeks each."""
    for number, (day, account) in enumerate((day, account) for day in days for account in ACCOUNTS):
        since = max(day - timedelta(days=WINDOW_DAYS - 1), FIRST_DAY)
        window = tuple(since + timedelta(days=each) for each in range((day - since).days + 1))
        yield LoadRecord(
            status="loaded",
            load_seq=first_seq + number,
            pull_id=f"{day:%Y%m%d}",
            party=account.platform.party,
            entity="ad_daily",
            account_id=account.account_id,
            since=since,
            until=day + timedelta(days=1),
            pulled_at=_pulled_at(day),
            loaded_at=_pulled_at(day),
            counts=Counts(landed=0, raw=0, duplicates=0, quarantined=0),
            landing_file=f"{account.platform.party}/ad_daily/{account.account_id}/{day:%Y%m%d}.jsonl",
            days=window,
        )
