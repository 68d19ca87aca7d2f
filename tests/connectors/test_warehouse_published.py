"""Published builds: the same files from every engine, one step from build to build, readers who lock nobody."""

import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import psycopg2
import pytest

from connectors.warehouse.canonical_parquet import canonical_type
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse
from connectors.warehouse.postgres_warehouse import PostgresWarehouse
from connectors.warehouse.published import (
    PART,
    Build,
    BuildExists,
    NothingPublished,
    Published,
    current_build,
)

AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

# Rows whose order, spelling or emptiness could differ between engines.
MART = """
    create table marts.fct_awkward as
    select * from (values
        (cast(2 as smallint), cast('ä' as {text}), cast(1.50 as numeric(12, 2)), cast(0.1 as double precision),
         cast('2026-10-25 02:30:00+02' as timestamptz), cast('2026-10-25' as date), cast(true as boolean)),
        (cast(1 as smallint), cast('Z' as {text}), cast(null as numeric(12, 2)), cast(1e300 as double precision),
         cast('2026-10-25 02:30:00+01' as timestamptz), cast(null as date), cast(null as boolean)),
        (cast(1 as smallint), cast('a,"b"' as {text}), cast(-0.01 as numeric(12, 2)), cast(null as double precision),
         cast('2026-10-25 00:30:00.123456Z' as timestamptz), cast('2026-10-25' as date), cast(false as boolean)),
        (cast(1 as smallint), cast('' as {text}), cast(1 as numeric(12, 2)), cast(-0.5 as double precision),
         cast(null as timestamptz), cast('1999-12-31' as date), cast(true as boolean)),
        (cast(1 as smallint), cast(null as {text}), cast(1 as numeric(12, 2)), cast(3 as double precision),
         cast(null as timestamptz), cast('1999-12-31' as date), cast(true as boolean))
    ) as given (number, name, amount, share, seen_at, date_day, is_good)
"""


def in_duckdb(root: Path, *statements: str) -> DuckDbWarehouse:
    warehouse = DuckDbWarehouse(path=root / "warehouse.duckdb", lake=root, schemas=[], sleep=lambda seconds: None)
    with warehouse.writing() as connection:
        for statement in statements:
            connection.execute(statement)
    return warehouse


def in_postgres(root: Path, url: str, *statements: str) -> PostgresWarehouse:
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.commit()
    return PostgresWarehouse(url=url, lake=root, schemas=[])


def a_build(published: Published, build_id: str, *, text: bytes = b"rows") -> Build:
    folder = published.begin(build_id)
    (folder / "fct_a").mkdir()
    (folder / "fct_a" / PART).write_bytes(text)
    build = Build(build_id=build_id, as_of=AS_OF, code_version="abc", rows={"fct_a": 1})
    published.finish(build)
    return build


def test_the_same_rows_are_the_same_bytes_on_both_engines(tmp_path: Path, postgres_url: str) -> None:
    view = "create view marts.dim_short as select number, name from marts.fct_awkward where number = 2"
    one = in_duckdb(tmp_path, "create schema marts", MART.format(text="varchar"), view)
    other = in_postgres(tmp_path, postgres_url, "create schema marts", MART.format(text="text"), view)
    assert one.marts() == other.marts() == ("dim_short", "fct_awkward")
    for name in one.marts():
        rows = [each.export_mart(name, tmp_path / f"{name}-{place}.parquet") for place, each in enumerate((one, other))]
        assert rows[0] == rows[1]
        assert (tmp_path / f"{name}-0.parquet").read_bytes() == (tmp_path / f"{name}-1.parquet").read_bytes()
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        query = f"select number, name, amount::varchar, seen_at::varchar from '{tmp_path}/fct_awkward-1.parquet'"
        assert connection.execute(query).fetchall() == [
            (1, "", "1.000000000", None),
            (1, "Z", None, "2026-10-25 01:30:00+00"),
            (1, 'a,"b"', "-0.010000000", "2026-10-25 00:30:00.123456+00"),
            (1, None, "1.000000000", None),
            (2, "ä", "1.500000000", "2026-10-25 00:30:00+00"),
        ]


def test_many_row_groups_are_the_same_whatever_order_the_rows_stood_in(tmp_path: Path) -> None:
    numbers = "select i, i % 7 as day, 'ad ' || i as ad from range(300000) as given (i)"
    up = in_duckdb(tmp_path / "up", "create schema marts", f"create table marts.fct_many as {numbers} order by i")
    down = in_duckdb(tmp_path / "down", "create schema marts", f"create table marts.fct_many as {numbers} order by -i")
    assert up.export_mart("fct_many", tmp_path / "a") == down.export_mart("fct_many", tmp_path / "b") == 300_000
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("engine", "canonical"),
    [
        ("SMALLINT", "bigint"),
        ("integer", "bigint"),
        ("UBIGINT", "bigint"),
        ("HUGEINT", "decimal(38, 0)"),
        ("numeric(38,9)", "decimal(38, 9)"),
        ("DECIMAL(18,3)", "decimal(38, 9)"),
        ("double precision", "double"),
        ("FLOAT", "double"),
        ("timestamp with time zone", "timestamptz"),
        ("TIMESTAMP WITH TIME ZONE", "timestamptz"),
        ("timestamp without time zone", "timestamp"),
        ("character varying(20)", "varchar"),
        ("jsonb", "json"),
        ("text[]", "json"),
        ("STRUCT(a INTEGER)", "json"),
    ],
)
def test_types_of_both_engines_meet_in_one(engine: str, canonical: str) -> None:
    assert canonical_type(engine) == canonical


def test_a_build_is_written_whole_and_then_pointed_to(tmp_path: Path) -> None:
    published = Published(tmp_path)
    with pytest.raises(NothingPublished, match="run `weir build` first"):
        current_build(tmp_path)
    published.begin("b1")
    with pytest.raises(NothingPublished):
        current_build(tmp_path)
    a_build(published, "b1")
    snapshot = current_build(tmp_path)
    assert snapshot.build == Build(build_id="b1", as_of=AS_OF, code_version="abc", rows={"fct_a": 1})
    assert (tmp_path / "current" / "fct_a" / PART).read_bytes() == b"rows"
    assert json.loads((tmp_path / "current" / "_build.json").read_text()) == {
        "build_id": "b1",
        "as_of": "2026-11-01T00:00:00+00:00",
        "code_version": "abc",
        "rows": {"fct_a": 1},
    }
    assert snapshot.mart("fct_a") == tmp_path / "builds" / "b1" / "fct_a" / PART


def test_a_build_that_crashed_before_the_pointer_moved_is_run_again(tmp_path: Path) -> None:
    published = Published(tmp_path)
    a_build(published, "b1")
    a_build(published, "b2")
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("builds/b1")
    a_build(published, "b2")
    assert current_build(tmp_path).build.build_id == "b2"


def test_a_published_build_never_changes(tmp_path: Path) -> None:
    published = Published(tmp_path)
    a_build(published, "b1")
    with pytest.raises(BuildExists):
        a_build(published, "b1", text=b"other rows")
    assert (tmp_path / "current" / "fct_a" / PART).read_bytes() == b"rows"


def test_old_builds_go_when_no_reader_can_hold_them(tmp_path: Path) -> None:
    published = Published(tmp_path)
    for number in range(5):
        a_build(published, f"b{number}")
    assert published.prune(keep=2, grace=HOUR, now=AS_OF) == ()  # nobody knows how long they were read
    assert published.prune(keep=2, grace=HOUR, now=AS_OF + HOUR / 2) == ()
    a_build(published, "b5")
    assert sorted(published.prune(keep=2, grace=HOUR, now=AS_OF + HOUR)) == ["b0", "b1", "b2", "b3"]
    # b4 was superseded a moment ago: it stays for its grace and as the newest but one
    assert sorted(path.name for path in (tmp_path / "builds").iterdir()) == ["b4", "b5"]
    assert published.prune(keep=1, grace=HOUR, now=AS_OF + 3 * HOUR) == ("b4",)


READER = """
import json, sys
from pathlib import Path
import duckdb
from connectors.warehouse.published import current_build

published, stop = Path(sys.argv[1]), Path(sys.argv[2])
seen, reads, torn = [], 0, 0
print("ready", flush=True)
while not stop.exists():
    snapshot = current_build(published)
    with duckdb.connect() as connection:
        values = set()
        for mart in ("fct_a", "fct_b"):
            rows = connection.execute(f"select distinct build from '{snapshot.mart(mart)}'").fetchall()
            values |= {row[0] for row in rows}
    reads += 1
    torn += values != {int(snapshot.build.build_id.removeprefix("b"))}
    if not seen or seen[-1] != snapshot.build.build_id:
        seen.append(snapshot.build.build_id)
print(json.dumps({"reads": reads, "torn": torn, "seen": seen}))
"""


def test_readers_never_see_half_a_build_and_nobody_waits_for_anybody(tmp_path: Path) -> None:
    """A reader in another process loops while builds are swapped and while the warehouse's writer holds its lock."""
    published = Published(tmp_path / "published")
    warehouse = in_duckdb(tmp_path, "create schema marts", "create table marts.fct_a (build bigint, row bigint)")
    with warehouse.writing() as connection:
        connection.execute("create table marts.fct_b as select * from marts.fct_a")

    def publish(number: int) -> None:
        with warehouse.writing() as connection:
            for mart in ("fct_a", "fct_b"):
                connection.execute(f"delete from marts.{mart}")
                connection.execute(f"insert into marts.{mart} select {number}, i from range(2000) as given (i)")
        folder = published.begin(f"b{number}")
        rows = {}
        for mart in warehouse.marts():
            (folder / mart).mkdir()
            rows[mart] = warehouse.export_mart(mart, folder / mart / PART)
        published.finish(Build(build_id=f"b{number}", as_of=AS_OF, code_version="", rows=rows))

    publish(0)
    stop = tmp_path / "stop"
    arguments = [sys.executable, "-c", READER, str(published.root), str(stop)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        for number in range(1, 13):
            publish(number)
        with warehouse.writing():  # the writer is busy; the reader still reads
            stop_seen_at = len(list((tmp_path / "published" / "builds").iterdir()))
            stop.touch()
            found = json.loads(reader.stdout.readline())
    assert stop_seen_at == 13
    assert found["torn"] == 0
    assert found["reads"] >= len(found["seen"]) >= 2
    assert found["seen"] == sorted(found["seen"], key=lambda build: int(build[1:]))


def test_what_was_opened_stays_readable_while_builds_move_on(tmp_path: Path) -> None:
    published = Published(tmp_path)
    a_build(published, "b1", text=b"first")
    held = current_build(tmp_path)
    for number in range(2, 6):
        a_build(published, f"b{number}", text=b"later")
        published.prune(keep=1, grace=HOUR, now=AS_OF + number * timedelta(minutes=5))
    assert held.mart("fct_a").read_bytes() == b"first"
    assert current_build(tmp_path).build.build_id == "b5"
