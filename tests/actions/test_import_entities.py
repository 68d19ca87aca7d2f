"""Files of every entity that people can bring: taken whole in any notation, and no cell is ever carried out."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from actions.house import House, open_house
from actions.import_file import import_file
from actions.load_landed import load_landed
from actions.take_brought import ImportReport
from connectors.entity_schema import Column, EntitySchema, Type
from connectors.lake.versions import Counts
from connectors.landing.brought_words import header_of

AT = "2026-11-01T09:30:00Z"
BROUGHT = (
    "experiments/assignments", "experiments/exposures", "imported_ads/ad_daily", "markets/fx_rates", "markets/prices",
    "messaging/receipts", "messaging/sends", "outreach/conversations", "outreach/leads", "product/content",
    "product/events", "product/orders", "product/payments", "product/refunds", "product/subscriptions",
    "product/touches",
)  # fmt: skip
VALUES = {
    Type.TEXT: "text",
    Type.INTEGER: "7",
    Type.DECIMAL: "12.90",
    Type.DATE: "2026-11-01",
    Type.INSTANT: AT,
    Type.JSON: '{"a":[1,"2"]}',
}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return open_house({"WEIR_HOME": str(tmp_path / "home")})


def bring(house: House, content: str | bytes, target: str, *, name: str = "file.csv") -> ImportReport:
    path = house.home.root.parent / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_file(path, target=target, brought_by="Ada", ports=house.imports())


def loaded(house: House, target: str) -> Counts:
    landed = load_landed(house.lake, warehouse=None)
    landed.raise_failures()
    party, _, entity = target.partition("/")
    counts = house.standing.counts(party=party, entity=entity)
    assert counts.landed == counts.raw + counts.duplicates + counts.quarantined
    return counts


def rows(house: House, target: str, columns: str) -> list[tuple[Any, ...]]:
    files = [path.as_posix() for path in (house.home.lake / "raw" / target).rglob("*.parquet")]
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        relation = "read_parquet($files, hive_partitioning = false, union_by_name = true)"
        return connection.execute(f"select {columns} from {relation} order by all", {"files": files}).fetchall()


def schema_of(house: House, target: str) -> EntitySchema:
    return next(schema for schema in house.schemas if schema.name == target)


def value(column: Column) -> str:
    return column.choices[0] if column.choices else VALUES[column.type]


def csv_of(schema: EntitySchema) -> str:
    cells = [value(column) for column in schema.columns]
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    return ",".join(header_of(column) for column in schema.columns) + "\n" + ",".join(quoted) + "\n"


def jsonl_of(schema: EntitySchema) -> str:
    row = {header_of(column): value(column) for column in schema.columns}
    objects = {header_of(column): json.loads(value(column)) for column in schema.columns if column.type is Type.JSON}
    return json.dumps(row | objects) + "\n"


def parquet_of(schema: EntitySchema) -> bytes:
    arrow = {Type.INSTANT: pa.timestamp("us", tz="UTC"), Type.DATE: pa.date32(), Type.INTEGER: pa.int64()}
    columns: dict[str, pa.Array] = {}
    for column in schema.columns:
        text = value(column)
        if column.type is Type.INSTANT:
            columns[header_of(column)] = pa.array([datetime.fromisoformat(text)], arrow[column.type])
        elif column.type is Type.DATE:
            columns[header_of(column)] = pa.array([datetime.fromisoformat(text).date()], arrow[column.type])
        elif column.type is Type.INTEGER:
            columns[header_of(column)] = pa.array([int(text)], arrow[column.type])
        elif column.type is Type.JSON:
            columns[header_of(column)] = pa.array([{"a": ["1", "2"]}])
        else:
            columns[header_of(column)] = pa.array([text])
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


@pytest.mark.parametrize("target", BROUGHT)
def test_every_column_of_every_entity_arrives_from_every_notation_as_the_same_value(house: House, target: str) -> None:
    schema = schema_of(house, target)
    notations = {"a.csv": csv_of(schema), "b.jsonl": jsonl_of(schema), "c.parquet": parquet_of(schema)}
    for name, content in notations.items():
        report = bring(house, content, target, name=name)
        assert (report.status, report.rows, report.bad) == ("taken", 1, 0), report.message
    assert loaded(house, target).landed == 3
    typed = [column for column in schema.columns if column.type is not Type.JSON]
    values = set(rows(house, target, ", ".join(f"{column.name}::varchar" for column in typed)))
    assert len(values) == 1, "the three notations differ"
    assert None not in next(iter(values))


def test_these_are_all_the_entities_that_can_be_brought(house: House) -> None:
    assert {schema.name for schema in house.schemas if schema.brought} == {*BROUGHT, "telegram/ads_export"}


def test_an_entity_is_known_by_its_name_alone_where_only_one_is_called_so(house: House) -> None:
    event = {"event_id": "1", "user_id": "u", "event_type": "x", "occurred_at": AT}
    assert bring(house, json.dumps(event), "events", name="e.jsonl").target == "product/events"
    assert bring(house, "date,currency,usd_per_unit\n2026-11-01,EUR,1.1\n", "fx_rates").target == "markets/fx_rates"
    unknown = bring(house, "x", "webhooks")
    assert "files cannot be brought as 'webhooks'; known: experiments/assignments, " in unknown.message


FORMULAS = ['=HYPERLINK("http://evil.example","x")', "@SUM(1+1)*cmd|' /C calc'!A0", "+1+1", "-2+3", "=1+1\t"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_cell_stays_a_text_and_in_a_number_it_is_set_aside(house: House, formula: str) -> None:
    quoted = '"' + formula.replace('"', '""') + '"'
    head = "order_id,user_id,occurred_at,amount,currency,status\n"
    lines = [f"o1,u1,{AT},1.00,EUR,{quoted}\n", f"o2,u1,{AT},{quoted},EUR,paid\n"]
    report = bring(house, head + "".join(lines), "product/orders")
    assert (report.rows, report.bad) == (2, 1)
    assert "amount is" in report.refusals[0].reasons
    loaded(house, "product/orders")
    assert rows(house, "product/orders", "order_id, status") == [("o1", formula.strip())]


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", b"0" * (8 << 20))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (gzip.compress(b"event_id\n" * 10_000), "it is compressed with gzip; unpack it"),
        (zipped(), "it is a zip archive or a spreadsheet; unpack it, or save it as CSV, and bring that"),
        (b"event_id,user_id,event_type,occurred_at\n1,\xff\xfe,x,2026\n", "byte 42 is not UTF-8"),
        ("event_id,user_id,event_type,occurred_at,EVENT_ID\n1,2,3,4,5\n", "names event_id more than once"),
        ('event_id,user_id,event_type,occurred_at\n1,"never closed' + "x" * 200_000, "is a quotation mark left open"),
        ("event_type,occurred_at\nx,2026-11-01T09:30:00Z\n", "missing: event_id, user_id or anonymous_id"),
        ("[" * 100_000, "it begins like a JSON list but is not one"),
    ],
    ids=["gzip", "zip bomb", "bad UTF-8", "a column twice", "an open quotation mark", "nobody", "deep nesting"],
)  # fmt: skip
def test_a_hostile_file_ends_in_one_message_and_nothing_of_it_is_taken(
    house: House, content: str | bytes, says: str
) -> None:
    report = bring(house, content, "product/events")
    assert report.status == "refused"
    assert says in report.message
    assert loaded(house, "product/events").landed == 0


def test_hostile_lines_are_set_aside_and_the_others_are_taken(house: House) -> None:
    good = {"event_id": "1", "user_id": "u", "event_type": "x", "occurred_at": AT}
    lines = [
        json.dumps(good),
        '{"event_id": "2", ',
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        json.dumps(good | {"event_id": "3", "value": "1'; drop table events; --"}),
        json.dumps(good | {"event_id": "4", "event_type": "<script>alert(1)</script>"}),
        '{"event_id":"5","user_id":"u","event_type":"x","occurred_at":"2026-11-01T09:30:00Z","value":NaN}',
        "[]",
        "null",
    ]
    report = bring(house, "\n".join(lines), "product/events", name="e.jsonl")
    assert (report.status, report.rows) == ("taken", 8)
    counts = loaded(house, "product/events")
    assert (counts.raw, counts.quarantined) == (2, 6)
    kept = [("1", "x"), ("4", "<script>alert(1)</script>")]
    assert rows(house, "product/events", "event_id, event_type") == kept


def test_an_older_version_brought_late_changes_nothing(house: House) -> None:
    order = {"order_id": "o1", "user_id": "u", "occurred_at": AT, "amount": "9.90", "currency": "EUR"}
    newest = order | {"status": "refunded", "updated_at": "2026-11-03T00:00:00Z"}
    older = order | {"status": "paid", "updated_at": "2026-11-02T00:00:00Z"}
    for name, version in (("newest.jsonl", newest), ("older.jsonl", older)):
        bring(house, json.dumps(version), "product/orders", name=name)
        loaded(house, "product/orders")
    assert rows(house, "product/orders", "case when _valid_to is null then status end") == [("refunded",), (None,)]


def as_csv(events: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, events[0])
    writer.writeheader()
    writer.writerows(events)
    return text.getvalue().encode()


def as_parquet(events: list[dict[str, str]]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(events), file)
    return file.getvalue()


NOTATIONS: dict[str, Callable[[list[dict[str, str]]], bytes]] = {
    "jsonl": lambda events: "\n".join(map(json.dumps, events)).encode(),
    "json": lambda events: json.dumps(events).encode(),
    "csv": as_csv,
    "parquet": as_parquet,
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_long_file_tells_how_far_it_is(house: House, notation: str) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    events = [
        {"event_id": str(n), "user_id": "u", "event_type": "x", "occurred_at": str(start + timedelta(seconds=n))}
        for n in range(120_000)
    ]
    told: list[tuple[int, float]] = []
    path = house.home.root.parent / f"long.{notation}"
    path.write_bytes(NOTATIONS[notation](events))
    ports = house.imports(on_rows=lambda rows, share: told.append((rows, share)))
    assert import_file(path, target="events", brought_by="Ada", ports=ports).rows == 120_000
    assert [rows for rows, _ in told] == [50_000, 100_000, 120_000]
    # The lines are almost equally long, so that five twelfths of the rows are about five twelfths of the bytes.
    assert [share for _, share in told] == [pytest.approx(5 / 12, abs=0.02), pytest.approx(10 / 12, abs=0.02), 1.0]
