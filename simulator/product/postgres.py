"""Keeps a Postgres database as the product itself would: users, articles, orders, follows and events, always current.

Rows change in place and say so in `updated_at`; withdrawn articles stay with `deleted_at`, follows that end are deleted
outright. Filling the same stretch twice changes nothing.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from simulator.product.stream import ProductStream
from simulator.product.tables import SCHEMA, TABLES, count, upsert

_USERS = (
    "user_id", "email", "name", "country", "timezone", "device", "referral_code", "last_login_at", "created_at",
    "updated_at",
)  # fmt: skip
_ARTICLES = ("article_id", "title", "category", "url", "image_url", "published_at", "updated_at", "deleted_at")
_CATALOGUE = ("content_id", "kind", "title", "category", "url", "image_url", "published_at", "updated_at", "deleted_at")
_ORDERS = (
    "order_id", "user_id", "amount", "currency", "status", "refunded_amount", "payment_id", "items", "created_at",
    "updated_at",
)  # fmt: skip
_FOLLOWS = ("user_id", "hub_id", "followed_at", "updated_at")
_EVENTS = (
    "event_id", "user_id", "anonymous_id", "event_type", "occurred_at", "source_app", "value", "currency",
    "properties", "updated_at",
)  # fmt: skip
_PAGE = 2000
Row = dict[str, Any]


class ProductDatabase:
    def __init__(self, stream: ProductStream, *, dsn: str) -> None:
        self._stream = stream
        self._dsn = dsn

    def maintain(self, until: datetime | None = None) -> dict[str, int]:
        """Brings the database up to an instant, from wherever it stands; how many rows each table holds then."""
        until = min(until or self._stream.known_until(), self._stream.known_until())
        connection = psycopg2.connect(self._dsn)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock(hashtext('practice product'))")
                cursor.execute(SCHEMA)
                cursor.execute("select at from filled_until")
                found = cursor.fetchone()
            since = self._stream.opened_at() if found is None else found[0]
            for first, last in self._stream.days(since, until):
                with connection:
                    self._fill(connection, first, last)
            with connection, connection.cursor() as cursor:
                return {table: _count(cursor, table) for table in TABLES}
        finally:
            connection.close()

    def _fill(self, connection: Connection, since: datetime, until: datetime) -> None:
        """One stretch, whole or not at all."""
        events = self._stream.events(since, until)
        with connection.cursor() as cursor:
            _put(cursor, "users", ("user_id",), _USERS, map(_user, self._stream.users(since, until)))
            content = self._stream.content(since, until)
            articles = [_article(row) for row in content if row["kind"] == "article"]
            _put(cursor, "articles", ("article_id",), _ARTICLES, articles)
            others = [row for row in content if row["kind"] != "article"]
            _put(cursor, "catalogue", ("content_id",), _CATALOGUE, others)
            _put(cursor, "orders", ("order_id",), _ORDERS, map(_order, self._stream.orders(since, until)))
            _put(cursor, "user_events", ("event_id",), _EVENTS, map(_event, events))
            _follow(cursor, events)
            _log_in(cursor, events)
            cursor.execute(
                "insert into filled_until (at) values (%s) on conflict (only_row) do update set at = excluded.at",
                (until,),
            )


def _count(cursor: Any, table: str) -> int:
    cursor.execute(count(table))
    return int(cursor.fetchone()[0])


def _put(cursor: Any, table: str, key: tuple[str, ...], columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    """Of several versions in one stretch the newest is written."""
    newest: dict[tuple[Any, ...], Sequence[Any]] = {}
    for row in rows:
        values = tuple(row.get(name) for name in columns)
        newest[tuple(row[name] for name in key)] = values
    if newest:
        execute_values(cursor, upsert(table, key, columns), list(newest.values()), page_size=_PAGE)


def _user(row: Row) -> Row:
    return row | {"last_login_at": None}


def _article(row: Row) -> Row:
    return row | {"article_id": row["content_id"]}


def _order(row: Row) -> Row:
    return row | {"items": json.dumps(row["items"]), "created_at": row["occurred_at"]}


def _event(row: Row) -> Row:
    return row | {"properties": json.dumps(row["properties"]), "updated_at": row["received_at"]}


def _follow(cursor: Any, events: Iterable[Row]) -> None:
    """In order: who follows, leaves and follows again follows."""
    ends: dict[tuple[str, str], Row | None] = {}
    for row in events:
        if row["event_type"] in ("hub_follow", "hub_unfollow"):
            pair = (row["user_id"], row["properties"]["hub_id"])
            ends[pair] = row if row["event_type"] == "hub_follow" else None
    left = [pair for pair, row in ends.items() if row is None]
    if left:
        execute_values(
            cursor,
            "delete from hub_follows as f using (values %s) as gone (user_id, hub_id) "
            "where f.user_id = gone.user_id and f.hub_id = gone.hub_id",
            left,
            page_size=_PAGE,
        )
    follows = [
        {"user_id": user, "hub_id": hub, "followed_at": row["occurred_at"], "updated_at": row["received_at"]}
        for (user, hub), row in ends.items()
        if row is not None
    ]
    _put(cursor, "hub_follows", ("user_id", "hub_id"), _FOLLOWS, follows)


def _log_in(cursor: Any, events: Iterable[Row]) -> None:
    newest = {row["user_id"]: row["occurred_at"] for row in events if row["event_type"] == "login"}
    if newest:
        execute_values(
            cursor,
            "update users as u set last_login_at = seen.at::timestamptz, "
            "updated_at = greatest(u.updated_at, seen.at::timestamptz) "
            "from (values %s) as seen (user_id, at) where u.user_id = seen.user_id",
            list(newest.items()),
            page_size=_PAGE,
        )
