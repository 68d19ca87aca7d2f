"""The proof can fail: in whatever kind of file the person still is, they are found; and only they."""

import gzip
import io
import json
import sqlite3
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.lake.screening import erasing_alone
from connectors.lake.sums import moved
from connectors.landing.erasing_loose import erase_loose
from connectors.landing.erasing_originals import without_rows
from connectors.landing.locks import hold_lock
from connectors.people.identifiers import identifier
from connectors.people.masking import mask_file
from connectors.people.person import Person
from connectors.people.searching import Search
from connectors.product.schemas import EVENTS

USER = "person-4711"
PERSON = Person({identifier("user", USER): "erased-1", identifier("user", "42"): "erased-2"})
SEARCH = Search(PERSON, frozenset({"user_id"}))
CAREFUL = Search(PERSON, frozenset({"user_id"}), contained=(USER,))  # somebody else's id is known to contain it


def parquet(rows: list[dict[str, object]]) -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), made, compression="zstd")
    return made.getvalue()


def sqlite(path: Path, value: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table log (told text, n integer)")
        connection.execute("insert into log values (?, 7)", (value,))
    connection.close()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.txt", f"about {USER}, again".encode()),
        ("told.json", json.dumps({"a": f"x {USER}"}).encode()),
        ("rows.parquet", parquet([{"user_id": USER}])),
        ("short.parquet", parquet([{"user_id": "42"}])),
        ("short.jsonl", b'{"user_id": "42"}\n'),
        ("packed.gz", gzip.compress(f"about {USER}".encode())),
        (f"{USER}.txt", b"nothing"),
        ("binary.bin", b"\x00\x01abc" + USER.encode() + b"def"),
    ],
)
def test_the_person_is_found_in_any_kind_of_file(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    searched = SEARCH.files("here", [tmp_path / name])
    assert searched.found > 0
    assert searched.first.endswith(name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.txt", f"about {USER}0".encode()),
        ("rows.parquet", parquet([{"user_id": f"{USER}0", "n": "42"}])),
        ("short.jsonl", b'{"user_id": "420", "n": "42", "m": 42}\n'),
        ("packed.gz", gzip.compress(f"about x{USER}".encode())),
    ],
)
def test_somebody_whose_id_begins_alike_is_not_taken_for_them(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert CAREFUL.files("here", [tmp_path / name]).found == 0


def test_in_a_database_file_any_place_counts_unless_another_id_contains_theirs(tmp_path: Path) -> None:
    sqlite(tmp_path / "one.db", f"z{USER}0")
    assert SEARCH.files("here", [tmp_path / "one.db"]).found == 1
    assert CAREFUL.files("here", [tmp_path / "one.db"]).found == 0
    with duckdb.connect((tmp_path / "two.duckdb").as_posix()) as connection:
        connection.execute("create table people as select ? as user_id", [USER])
    assert SEARCH.files("here", [tmp_path / "two.duckdb"]).found > 0


def test_an_event_log_of_sqlite_gets_the_pseudonym_and_is_written_anew(tmp_path: Path) -> None:
    sqlite(tmp_path / "log.db", f'{{"row": "{USER}", "next": "{USER}0"}}')
    assert mask_file(tmp_path / "log.db", PERSON, SEARCH) == 1
    with sqlite3.connect(tmp_path / "log.db") as connection:
        assert connection.execute("select * from log").fetchall() == [(f'{{"row": "erased-1", "next": "{USER}0"}}', 7)]
    connection.close()
    assert (tmp_path / "log.db").read_bytes().replace(f"{USER}0".encode(), b"").count(USER.encode()) == 0


def test_a_log_that_is_being_written_to_keeps_its_length_and_its_file(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text(f"one {USER}\ntwo {USER}0\n")
    with path.open("a") as writing:
        assert mask_file(path, PERSON, SEARCH) == 1
        writing.write("three\n")
    assert path.read_text() == f"one xxxxxxxxxxx\ntwo {USER}0\nthree\n"


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (f"user;n\n{USER};1\nother;2\n".encode(), b"user;n\nother;2\n"),
        (b"user,n\n42,1\nother,42000\n", b"user,n\nother,42000\n"),
        (f'user,words\n"{USER}","one\ntwo"\nother,"a\nb"\n'.encode(), b'user,words\nother,"a\nb"\n'),
        (f'{{"user_id": "{USER}"}}\n{{"user_id": "other"}}\n'.encode(), b'{"user_id": "other"}\n'),
        (b'{"user_id": "person\\u002d4711"}\n{"user_id": "other"}\n', b'{"user_id": "other"}\n'),
        (f'[{{"u": "{USER}"}}, {{"u": "other"}}]'.encode(), b'[{"u": "other"}]'),
        (f"user\tn\n{USER}\t1\n".encode("utf-16"), "user\tn\n".encode("utf-16")),
        (f"\xff\x00{USER}".encode("latin-1"), None),
        (gzip.compress(USER.encode()), None),
        (b"user;n\nother;1\n", b"user;n\nother;1\n"),
        (gzip.compress(b"other"), gzip.compress(b"other")),
    ],
)
def test_an_original_loses_the_rows_about_the_person(content: bytes, kept: bytes | None) -> None:
    if content[:2] == b"\x1f\x8b" and kept is not None:
        kept = content
    assert without_rows(content, PERSON).content == kept


def test_a_parquet_original_keeps_its_other_rows() -> None:
    found = without_rows(parquet([{"u": USER, "n": 1}, {"u": "other", "n": 2}]), PERSON)
    assert found.removed == 1
    assert found.content is not None
    assert pq.read_table(io.BytesIO(found.content)).to_pylist() == [{"u": "other", "n": 2}]


def test_a_sum_that_moved_is_told() -> None:
    before = {"lake product/orders": {"rows": "2", "sum of amount": "24.90"}}
    after = {"lake product/orders": {"rows": "2", "sum of amount": "19.90"}}
    assert moved(before, before) == []
    assert moved(before, after) == ["lake product/orders: sum of amount was 24.90, is 19.90"]
    assert moved(before, {}) == [
        "lake product/orders: rows was 2, is absent",
        "lake product/orders: sum of amount was 24.90, is absent",
    ]


def test_segments_and_unfinished_pulls_are_changed_unless_a_collector_runs(tmp_path: Path) -> None:
    landing, lake = tmp_path / "landing", tmp_path / "lake"
    segment = landing / "_segments" / "product" / "events" / "app" / "s.jsonl"
    unfinished = landing / "_unfinished" / "product" / "events" / "app" / "u.jsonl.partial"
    for path in (segment, unfinished):
        path.parent.mkdir(parents=True)
        path.write_text(f'{{"user_id":"{USER}","phone":"1"}}\n{{"user_id":"{USER}')
    schemas = {("product", "events"): EVENTS}

    def erase() -> int:
        with erasing_alone(landing, lake, sleep=time.sleep, on_step=lambda step: None) as rewriting:
            return erase_loose(rewriting, PERSON, schemas, sleep=time.sleep)

    with hold_lock(landing / "_segments" / "collector.lock", what="it", sleep=time.sleep, wait_seconds=0):
        assert erase() == 1
    assert unfinished.read_text() == '{"user_id":"erased-1","phone":null}\n[erased]'
    assert USER in segment.read_text()
    assert erase() == 1
    assert segment.read_text() == '{"user_id":"erased-1","phone":null}\n[erased]'
    assert erase() == 0
