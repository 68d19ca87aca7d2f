"""`weir replay`: the lake's rows of an entity come back from what has landed."""

import json
import shutil
from pathlib import Path

import duckdb

EVENT = {"event_type": "login", "user_id": "u1"}


def test_a_day_that_was_lost_from_the_lake_comes_back_with_the_same_counts(weir, home: Path, tmp_path: Path) -> None:
    lines = [{**EVENT, "event_id": f"e{n}", "occurred_at": f"2026-11-0{1 + n % 3}T05:00:00Z"} for n in range(9)]
    brought = tmp_path / "events.jsonl"
    brought.write_text("".join(f"{json.dumps(line)}\n" for line in [*lines, lines[0]]) + "{broken\n")
    assert weir("import", str(brought), "--as", "product/events").code == 1  # one line goes to quarantine
    assert weir("replay", "product/events").code == 0  # also loads what was still waiting
    day = home / "lake" / "raw" / "product" / "events" / "date=2026-11-02"
    shutil.rmtree(day)
    ended = weir("replay", "product/events", "--json")
    assert ended.code == 0
    counts = {"landed": 11, "raw": 9, "duplicates": 1, "quarantined": 1}
    assert (ended.json["before"], ended.json["after"]) == (counts, counts)
    rows = duckdb.sql(f"select event_id from read_parquet('{day}/*.parquet') order by 1").fetchall()
    assert rows == [("e1",), ("e4",), ("e7",)]


def test_what_nobody_knows_is_not_replayed(weir) -> None:
    ended = weir("replay", "product/event")
    assert ended.code == 2
    assert "there is no 'product/event'" in ended.err
    assert "product/events" in ended.err
