"""A lake as three months of a product with a quarter of a million people leave it, written straight as Parquet.

For benches that need millions of events, touches and sales and not their landing. Folders, columns and types are those
of `connectors.lake`; every number follows from a row's place, so a lake of the same size is the same lake. The ads that
people clicked are those of `bench.ad_lake`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import duckdb

from bench.ad_lake import FIRST_DAY, AdLake, columns_sql
from connectors.entity_schema import EntitySchema, Kind
from connectors.lake.layout import LakeLayout
from connectors.lake.sql import fill, in_memory, literal
from connectors.landing.layout import Stream

_SHARES = (  # per mille of all events, and their kinds; the rarest are each person's own milestones
    (420, "article_view"),
    (190, "article_read_complete"),
    (30, "article_share"),
    (110, "product_view"),
    (40, "product_add_to_cart"),
    (25, "checkout_start"),
    (15, "purchase_complete"),
    (90, "game_played"),
    (60, "session_end"),
)
_SPARE = 20  # per mille: sign-ups
_PLATFORMS = (  # party, and an ad and its campaign, as SQL over `ad` (`bench.ad_lake_contents`)
    ("meta_ads", "'12020000' || (ad + 1000000)", "'12022000' || (ad // 50 + 1000000)"),
    ("x_ads", "'p' || to_base(ad + 100000, 36)", "'c' || to_base(ad // 50 + 100000, 36)"),
    ("tiktok_ads", "'171234567890' || (ad + 1000000)", "'171234567892' || (ad // 50 + 1000000)"),
)
# Every thing that happens has its own number `i`; who, when and what follow from it.
_THINGS = """
    select *, timestamptz {first} + to_microseconds((i * {micros})::bigint) as moment,
        'u_' || person as user_name, 'anon_' || person as device_name
    from (
        select i, h, (({people} * power((h % 1000003) / 1000003.0, 2))::bigint) as person, (h >> 20) % 1000 as luck
        from (select i, hash(i, {salt}) as h from range({since}, {until}) as numbers(i))
    )
"""


@dataclass(frozen=True, kw_only=True)
class GrowthLake:
    root: Path
    schemas: Sequence[EntitySchema]
    events_a_day: int
    people: int
    days: int
    ads: AdLake

    def write(self) -> None:
        self.ads.write()
        self._write_days(first=0, last=self.days)

    def add_day(self) -> "GrowthLake":
        """One more day, four weeks of ads said again, and a few events of the fortnight before that come late."""
        grown = replace(self, days=self.days + 1, ads=self.ads.add_day())
        grown._write_days(first=self.days, last=grown.days)
        grown._write_late(self.events_a_day // 50)
        return grown

    def _write_days(self, *, first: int, last: int) -> None:
        with in_memory() as connection:
            for day in range(first, last):
                self._write_facts(connection, day)
            self._write_objects(connection)

    def _write_facts(self, connection: duckdb.DuckDBPyConnection, day: int) -> None:
        per_day = self.events_a_day
        kinds = "".join(f" when luck < {bound} then {literal(kind)}" for bound, kind in _bounds())
        self._fact(
            connection, "product", "events", day, per_day, salt=1,
            values={
                "event_id": "'ev_' || i",
                "user_id": "case when h % 3 > 0 then user_name end",
                "anonymous_id": "device_name",
                "event_type": f"case{kinds} else 'signup' end",
                "occurred_at": "moment",
                "received_at": "moment",
                "source_app": "'web'",
                "value": "case when luck between 815 and 854 then (h % 9000) / 100.0 end",
                "currency": "case when luck between 815 and 854 then 'EUR' end",
                "properties": "'{\"article_id\":\"art_' || h % 4000 || '\",\"category\":\"topic-' || h % 12 || '\"}'",
            },
        )  # fmt: skip
        paid = " ".join(
            f"when {place} then {ad}" for place, (_, ad, _) in enumerate(_PLATFORMS)
        )  # what of an ad's link stays
        campaign = " ".join(f"when {place} then {sql}" for place, (_, _, sql) in enumerate(_PLATFORMS))
        party = " ".join(f"when {place} then {literal(name)}" for place, (name, _, _) in enumerate(_PLATFORMS))
        is_paid, ad = "luck < 350", "(h % 40)::bigint"
        self._fact(
            connection, "product", "touches", day, per_day // 6, salt=2,
            values={
                "touch_id": "'t_' || i",
                "user_id": "case when h % 3 > 0 then user_name end",
                "anonymous_id": "device_name",
                "occurred_at": "moment",
                "received_at": "moment",
                "touch_kind": f"case when {is_paid} then 'click' when luck < 400 then 'view' else 'visit' end",
                "utm_source": f"case when {is_paid} then case h % 3 {party} end when luck < 600 then 'google' end",
                "utm_medium": f"case when {is_paid} then 'paid_social' when luck < 600 then 'organic' end",
                "platform": f"case when {is_paid} then case h % 3 {party} end end",
                "campaign_id": f"case when {is_paid} then case h % 3 {campaign.replace('ad ', f'({ad}) ')} end end",
                "ad_id": f"case when luck < 300 then case h % 3 {paid.replace('(ad ', f'(({ad}) ')} end end",
                "referrer": "case when luck between 600 and 700 then 'https://news.example/' end",
                "landing_page": "'https://larkspur.example/'",
            },
        )  # fmt: skip
        self._fact(
            connection, "messaging", "receipts", day, per_day // 10, salt=3,
            values={
                "message_id": "'m_' || i", "user_id": "user_name", "occurred_at": "moment + interval 1 minute",
                "kind": "case when luck < 500 then 'delivered' when luck < 800 then 'opened' else 'clicked' end",
            },
        )  # fmt: skip

    def _write_late(self, count: int) -> None:
        with in_memory() as connection:
            for back in range(1, 15):
                day = self.days - 1 - back
                self._fact(
                    connection, "product", "events", day, count // 14, salt=9, name="late",
                    values={
                        "event_id": "'late_' || i", "user_id": "user_name", "anonymous_id": "device_name",
                        "event_type": "'article_view'", "occurred_at": "moment",
                        "received_at": f"moment + interval {back} day", "properties": "'{}'",
                        "_received_at": f"moment + interval {back} day", "is_late": "true",
                    },
                )  # fmt: skip

    def _fact(
        self,
        connection: duckdb.DuckDBPyConnection,
        party: str,
        entity: str,
        day: int,
        count: int,
        *,
        salt: int,
        values: Mapping[str, str],
        name: str = "pull",
    ) -> None:
        schema = self._schema(party, entity)
        origin = {
            "account_id": "'web'", "_received_at": "moment", "is_late": "false", "_pull_id": f"'{name}-{day}'",
            "_landing_file": f"'{party}/{entity}/web/{name}-{day}.jsonl'", "_landing_line": "i", "_day": "moment::date",
        }  # fmt: skip
        things = self._things(since=day * count, until=(day + 1) * count, a_day=count, salt=salt)
        query = fill(
            "select {columns} from ({things})", columns=columns_sql(schema, {**origin, **values}), things=things
        )
        folder = LakeLayout(self.root).facts(party, entity, FIRST_DAY + timedelta(days=day))
        folder.mkdir(parents=True, exist_ok=True)
        connection.sql(query).write_parquet((folder / f"{name}-{day}.parquet").as_posix(), compression="zstd")

    def _things(self, *, since: int, until: int, a_day: int, salt: int) -> str:
        return fill(
            _THINGS,
            first=literal(FIRST_DAY.isoformat() + " 00:00:00+00"),
            micros=str(86_400_000_000 / max(1, a_day)),
            people=str(self.people - 1),
            salt=str(salt),
            since=str(since),
            until=str(until),
        )

    def _write_objects(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Sales and what follows from them: one file each, as the newest load leaves it."""
        orders, messages = self.events_a_day * self.days // 66, self.events_a_day // 10 * self.days
        money = {"amount": "(h % 9000 + 100) / 100.0", "currency": "case h % 4 when 0 then 'EUR' else 'USD' end"}
        who = {"user_id": "user_name", "occurred_at": "moment", "updated_at": "moment"}
        self._object(
            connection, "product/orders", orders, {"order_id": "'o_' || i", **who, **money, "status": "'paid'"}
        )
        self._object(
            connection, "product/payments", orders,
            {
                "payment_id": "'p_' || i", **who, **money, "order_id": "'o_' || i", "attempt": "1",
                "status": "case when luck < 60 then 'failed' else 'paid' end",
            },
        )  # fmt: skip
        self._object(
            connection, "product/refunds", orders // 30,
            {
                "refund_id": "'r_' || i", "payment_id": "'p_' || (i * 30)", "occurred_at": "moment",
                "updated_at": "moment", "amount": "1.00", "currency": "'USD'",
            },
        )  # fmt: skip
        self._object(
            connection, "product/subscriptions", self.people // 12,
            {
                "membership_id": "'s_' || i", "user_id": "user_name", "plan_id": "'plan_' || h % 3",
                "started_at": "moment", "updated_at": "moment", "amount": "19.00", "currency": "'USD'",
                "ended_at": "case when luck < 300 then moment + interval 40 day end", "interval": "'month'",
                "status": "case when luck < 300 then 'canceled' else 'active' end",
            },
        )  # fmt: skip

        self._object(
            connection, "messaging/sends", messages,
            {
                "message_id": "'m_' || i", **who, "message_type": "'digest'", "playbook": "'weekly'", "step": "'1'",
                "channel": "case when h % 2 = 0 then 'email' else 'push' end",
                "variant": "case when h % 4 < 2 then 'a' else 'b' end",
                "outcome": "case when luck < 50 then 'held_out' else 'sent' end",
            },
        )  # fmt: skip

    def _object(self, connection: duckdb.DuckDBPyConnection, what: str, count: int, values: Mapping[str, str]) -> None:
        party, entity = what.split("/")
        schema = self._schema(party, entity)
        if schema.kind is Kind.APPEND:
            raise AssertionError(f"{entity} are facts")
        seen = {"account_id": "'web'", "_valid_from": "moment", "payload": "'{}'", "_pull_id": "'p'"}
        things = self._things(
            since=0, until=count, a_day=max(1, count // self.days), salt=3 if entity == "sends" else 4
        )
        query = fill("select {columns} from ({things})", columns=columns_sql(schema, {**seen, **values}), things=things)
        path = LakeLayout(self.root).partition(Stream(party, entity, "web"), None)
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.sql(query).write_parquet(path.as_posix(), compression="zstd")

    def _schema(self, party: str, entity: str) -> EntitySchema:
        return next(schema for schema in self.schemas if (schema.party, schema.entity) == (party, entity))


def _bounds() -> list[tuple[int, str]]:
    bounds, reached = [], 0
    for share, kind in _SHARES:
        reached += share
        bounds.append((reached, kind))
    if reached + _SPARE != 1000:
        raise AssertionError("the shares do not add up")
    return bounds
