"""Turns pulls, in the order they were asked, into versions: when each row was first seen and first no longer seen.

Works set by set inside one in-memory DuckDB connection; it knows nothing of files, locks or crashes. The same pulls
give the same versions, whatever was loaded before: that is what makes a rebuild equal to the original.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from connectors.ad_platform import DayWindow
from connectors.entity_schema import EntitySchema, Kind, Type
from connectors.lake.columns import account_columns, day_type, identity, lake_columns
from connectors.lake.fresh_sql import FRESH, FRESH_CHANGES
from connectors.lake.reading_sql import parsed_sql
from connectors.lake.sql import fill, literal, literal_or_null, quoted
from connectors.landing.manifest import Pull


@dataclass(frozen=True, kw_only=True)
class Counts:
    """landed = raw + duplicates + quarantined, always."""

    landed: int
    raw: int  # rows that said something new: each is one version in the lake
    duplicates: int  # rows that said what was known, or were said again in the same pull
    quarantined: int


class CountsDoNotAddUp(Exception):
    """A defect in the loader, found before anything was written."""


@dataclass(frozen=True, kw_only=True)
class Applied:
    counts: Counts
    vanished: int  # rows known before that the pull's window no longer holds
    days: frozenset[date | None]  # the partitions it changed


@dataclass(frozen=True)
class Parsed:
    """One pull's lines in a temporary table, typed and judged."""

    pull: Pull
    landing_file: str
    table: str
    landed: int


_NEW, _OUTDATED = "not f._is_outdated", "f._is_outdated"
_KNOWN = "select count(*) from fresh f where {which} and exists (select 1 from versions s where {known})"
_VANISHED = "select count(*) from versions s where {covered} and not exists (select 1 from fresh f where {match})"
_CLOSE = "update versions s set _valid_to = $at, _touched_by = {turn} where {covered} and {ended}"
_INSERT = """
    insert into versions by name select {columns} from fresh f
    where {which} and not exists (select 1 from versions s where {known})
"""
_QUARANTINE = """
    select {party} as party, {entity} as entity, {account} as account_id, {pull_id} as pull_id,
        timestamptz {pulled_at} as pulled_at, {landing_file} as landing_file, _line as landing_line,
        1::bigint as landed_rows, _reasons as reasons, replace(_text, chr(0), '\ufffd') as text
    from {parsed} where _reasons <> '' order by _line
"""


class Versions:
    """The versions of some partitions of one stream, in memory. `open`, then `apply` pulls in order, then read back."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: EntitySchema) -> None:
        self._con = connection
        self._schema = schema
        self._names = ", ".join(quoted(name) for name, _ in lake_columns(schema))
        self._match = " and ".join(f"s.{quoted(name)} = f.{quoted(name)}" for name in identity(schema))
        self._changed = None if schema.version is None else quoted(schema.version)
        self._turn = 0

    def parse(self, content: bytes, pull: Pull, *, landing_file: str, table: str) -> Parsed:
        texts = content.decode(errors="replace").split("\n")
        if not texts[-1]:
            texts.pop()
        numbers = pa.array(range(1, len(texts) + 1), pa.int64())
        self._con.register("landed_lines", pa.table({"line_no": numbers, "text": pa.array(texts, pa.string())}))
        query = parsed_sql(self._schema, lines="landed_lines", window=pull.window)
        self._run("create or replace temp table {table} as {query}", table=table, query=query)
        self._con.unregister("landed_lines")
        return Parsed(pull, landing_file, table, len(texts))

    def days(self, parsed: Parsed) -> set[date | None]:
        """The partitions a pull can change: its window, or the days it speaks of."""
        if self._schema.day is None:
            return {None}
        if parsed.pull.complete and self._schema.kind is Kind.WINDOWED and parsed.pull.window is not None:
            return set(days_of(parsed.pull.window))
        return self._days("select distinct _day from {parsed} where _reasons = ''", parsed=parsed.table)

    def restrict(self, parsed: Parsed, days: Collection[date | None]) -> Parsed:
        """The part of a pull that falls on some days: what a rebuild of those days needs of it."""
        if None not in days:
            kept = ", ".join(f"date '{day}'" for day in days)
            self._run("delete from {table} where _day is null or _day not in ({kept})", table=parsed.table, kept=kept)
        return replace(parsed, landed=self._count("select count(*) from {table}", table=parsed.table))

    def open(self, partitions: Iterable[Path]) -> None:
        columns = ", ".join(f"{quoted(name)} {type_}" for name, type_ in lake_columns(self._schema))
        self._run(
            "create or replace temp table versions ({columns}, _day date, _touched_by bigint)",
            columns=columns,
        )
        paths = [path.as_posix() for path in partitions]
        if paths:
            self._run(
                "insert into versions select {names}, {day}, null from read_parquet($paths, hive_partitioning = false)",
                {"paths": paths},
                names=self._names,
                day=self._day_of_version(),
            )

    def apply(self, parsed: Parsed) -> Applied:
        pull = parsed.pull
        self._turn += 1
        self._take(parsed)
        good = self._count("select count(*) from {parsed} where _reasons = ''", parsed=parsed.table)
        bad = self._count("select count(*) from {parsed} where _reasons <> ''", parsed=parsed.table)
        fresh = self._count("select count(*) from fresh")
        known, vanished = self._close(pull)
        raw = self._insert(parsed, which=_NEW, held=f"s._valid_to is null and {self._match}")
        if self._changed is not None:
            held = f"{self._match} and {self._says_the_same(pull)}"
            known += self._count(_KNOWN, which=_OUTDATED, known=held)
            raw += self._insert(parsed, which=_OUTDATED, held=held, ends="$at")
        counts = Counts(landed=parsed.landed, raw=raw, duplicates=good - fresh + known, quarantined=bad)
        if counts.landed != counts.raw + counts.duplicates + counts.quarantined:
            raise CountsDoNotAddUp(f"{parsed.landing_file}: {counts}")
        touched = self._days("select distinct _day from versions where _touched_by = {turn}", turn=str(self._turn))
        return Applied(counts=counts, vanished=vanished, days=frozenset(touched))

    def _insert(self, parsed: Parsed, *, which: str, held: str, ends: str = "null::timestamptz") -> int:
        columns = self._as_versions(parsed, ends=ends)
        return self._count(_INSERT, {"at": parsed.pull.pulled_at}, columns=columns, which=which, known=held)

    def _take(self, parsed: Parsed) -> None:
        """The pull's good rows, once each, with what is already outdated marked as such."""
        names = ", ".join(quoted(name) for name in identity(self._schema))
        if self._changed is not None:
            bound = {"at": parsed.pull.pulled_at}
            self._run(
                FRESH_CHANGES, bound, identity=names, parsed=parsed.table, changed=self._changed, match=self._match
            )
            return
        self._run(FRESH, identity=names, parsed=parsed.table)

    def _close(self, pull: Pull) -> tuple[int, int]:
        """Ends the versions the pull no longer bears out. Gives how many it bears out, and how many rows vanished."""
        same = f"{self._match} and {self._says_the_same(pull)}"
        known = self._count(_KNOWN, which=_NEW, known=f"s._valid_to is null and {same}")
        covered = f"s._valid_to is null and {self._covered(pull)}"
        # A row that tells of an earlier state bears out that the thing is there, and does not end what is known since.
        says = f"{self._match} and f._rank = 1 and (f._is_outdated or {self._says_the_same(pull)})"
        ended = fill("not exists (select 1 from fresh f where {says})", says=says)
        replaced, vanished = fill("exists (select 1 from fresh f where {match})", match=self._match), 0
        if pull.complete:
            known_then = self._known_when_asked(pull)
            vanished = self._count(_VANISHED, covered=f"{covered} and {known_then}", match=self._match)
            ended += f" and ({replaced} or {known_then})"
        else:
            ended += f" and {replaced}"
        self._run(_CLOSE, {"at": pull.pulled_at}, covered=covered, ended=ended, turn=str(self._turn))
        return known, vanished

    def partitions(self, days: Sequence[date | None]) -> dict[date | None, pa.Table]:
        """The rows of some days, as the lake's files hold them: sorted, so that equal rows are equal bytes."""
        if not days:
            return {}
        where = "true" if None in days else "_day in ({})".format(", ".join(f"date '{day}'" for day in days))
        query = fill(
            "select {names}, _day from versions where {where} "
            "order by _day, {identity}, _valid_from, _valid_to nulls last, _pull_id, _landing_line",
            names=self._names,
            where=where,
            identity=", ".join(quoted(name) for name in identity(self._schema)),
        )
        table = self._con.sql(query).to_arrow_table().combine_chunks()
        counted = self._run(
            "select _day, count(*) from versions where {where} group by _day order by _day", where=where
        )
        rows = table.drop_columns(["_day"])
        found: dict[date | None, pa.Table] = {day: rows.slice(0, 0) for day in days}
        start = 0
        for day, count in counted.fetchall():
            found[day] = rows.slice(start, count)
            start += count
        return found

    def raw_by_file(self) -> dict[str, int]:
        """How many versions each landed file brought, over the open partitions."""
        return self._by_file(self._run("select _landing_file, count(*) from versions group by 1"))

    def raw_by_file_in(self, partitions: Iterable[Path]) -> dict[str, int]:
        """The same of partitions as they stand, whatever schema they were written with."""
        paths = [path.as_posix() for path in partitions]
        if not paths:
            return {}
        query = "select _landing_file, count(*) from read_parquet($paths, hive_partitioning = false) group by 1"
        return self._by_file(self._run(query, {"paths": paths}))

    def _by_file(self, counted: duckdb.DuckDBPyConnection) -> dict[str, int]:
        return {str(file): int(count) for file, count in counted.fetchall()}

    def quarantine(self, parsed: Parsed) -> pa.Table:
        pull = parsed.pull
        query = fill(
            _QUARANTINE,
            party=literal(pull.party),
            entity=literal(pull.entity),
            account=literal(pull.account_id),
            pull_id=literal(pull.pull_id),
            pulled_at=literal(pull.pulled_at.isoformat()),
            landing_file=literal(parsed.landing_file),
            parsed=parsed.table,
        )
        return self._con.sql(query).to_arrow_table()

    def _says_the_same(self, pull: Pull) -> str:
        """The payload decides; with another currency or zone of the account, the same numbers say something new."""
        said = {"account_currency": pull.currency, "account_timezone": pull.timezone}
        reported = [name for name in account_columns(self._schema) if name in said]
        account = [f"s.{quoted(name)} is not distinct from {literal_or_null(said[name])}" for name in reported]
        return " and ".join(["s.payload = f._text", *account])

    def _known_when_asked(self, pull: Pull) -> str:
        """Of what changed only after the question was asked, an answer's silence says nothing."""
        if self._changed is None:
            return "true"
        return f"coalesce(s.{self._changed}, s._valid_from) <= timestamptz {literal(pull.pulled_at.isoformat())}"

    def _covered(self, pull: Pull) -> str:
        if self._schema.kind is not Kind.WINDOWED or pull.window is None:
            return "true"
        return f"s._day >= date '{pull.window.since}' and s._day < date '{pull.window.until}'"

    def _as_versions(self, parsed: Parsed, *, ends: str) -> str:
        pull = parsed.pull
        said = {"account_id": pull.account_id, "account_currency": pull.currency, "account_timezone": pull.timezone}
        return ", ".join(
            [
                *(f"f.{quoted(column.name)}" for column in self._schema.columns),
                "f._text as payload",
                *(f"{literal_or_null(said[name])} as {name}" for name in account_columns(self._schema)),
                "$at as _valid_from",
                f"{ends} as _valid_to",
                f"{literal(pull.pull_id)} as _pull_id",
                f"{literal(parsed.landing_file)} as _landing_file",
                "f._line as _landing_line",
                "f._day as _day",
                f"{self._turn} as _touched_by",
            ]
        )

    def _day_of_version(self) -> str:
        if self._schema.day is None:
            return "null::date"
        day = quoted(self._schema.day)
        return f"({day} at time zone 'UTC')::date" if day_type(self._schema) is Type.INSTANT else day

    def _run(self, template: str, bound: dict[str, Any] | None = None, **parts: str) -> duckdb.DuckDBPyConnection:
        return self._con.execute(fill(template, **parts), bound or {})

    def _count(self, template: str, bound: dict[str, Any] | None = None, **parts: str) -> int:
        row = self._run(template, bound, **parts).fetchone()
        return int(row[0]) if row else 0

    def _days(self, template: str, **parts: str) -> set[date | None]:
        return {row[0] for row in self._run(template, None, **parts).fetchall()}


def days_of(window: DayWindow) -> list[date]:
    return [date.fromordinal(number) for number in range(window.since.toordinal(), window.until.toordinal())]
