"""Definitions reach the models' table on both warehouses, and a change of one is told."""

import json
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from actions.define import bring_definitions
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse
from connectors.warehouse.postgres_warehouse import PostgresWarehouse


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "postgres":
        return PostgresWarehouse(url=request.getfixturevalue("postgres_url"), lake=tmp_path / "lake", schemas=())
    return DuckDbWarehouse(path=tmp_path / "w.duckdb", lake=tmp_path / "lake", schemas=(), sleep=time.sleep)


def write(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "own.yml").write_text(text, encoding="utf-8")


def test_a_change_is_told_and_so_is_what_is_refused(warehouse: Any, tmp_path: Path) -> None:
    own = tmp_path / "definitions"
    assert bring_definitions(warehouse, own=own).changed == ()
    assert bring_definitions(warehouse, own=own).changed == ()

    write(own, "goals: [{name: it's, entity: sales}, {name: wrong}]\nworkspace: {session_minutes: 45}")
    brought = bring_definitions(warehouse, own=own)
    assert brought.changed == ("goal it's", "workspace")
    assert brought.refused == ("definitions/own.yml:1: goal wrong, entity: it is missing; add it",)

    write(own, "workspace: {session_minutes: 45}\n\n\n")  # only lines have moved
    assert bring_definitions(warehouse, own=own).changed == ("goal it's",)


def test_the_table_holds_what_the_models_read(tmp_path: Path) -> None:
    warehouse = DuckDbWarehouse(path=tmp_path / "w.duckdb", lake=tmp_path / "lake", schemas=(), sleep=time.sleep)
    write(tmp_path / "definitions", "goals: [{name: ü, entity: sales}]")
    bring_definitions(warehouse, own=tmp_path / "definitions")
    with duckdb.connect(warehouse.path, read_only=True) as connection:
        rows = connection.execute("select name, body, source from raw.definitions where kind = 'goal'").fetchall()
    assert {name for name, _, _ in rows} == {"ü", "purchase", "signup"}
    assert [(json.loads(body)["entity"], source) for name, body, source in rows if name == "ü"] == [
        ("sales", "definitions/own.yml:1")
    ]
