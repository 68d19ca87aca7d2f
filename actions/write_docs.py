"""Writes the page that describes every model, column and test, with the sizes and types of this home's warehouse.

Without a warehouse the page is written too, from the models alone.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from actions.build_marts import alone, build_variables, dbt_of
from actions.house import House
from connectors.warehouse.dbt_process import duckdb_target

_NOWHERE = Path(":memory:")  # DuckDB's own word for a database without a file


def write_docs(house: House, *, run_id: str, on_progress: Callable[[str], None] = lambda message: None) -> Path:
    dbt = dbt_of(house)
    if not house.settings.warehouse_is_postgres and not house.home.warehouse.exists():
        dbt = replace(dbt, target=duckdb_target(_NOWHERE))
    with alone(house) as lock:
        page = dbt.document(variables=build_variables(as_of=None), run=run_id, lock=lock, on_progress=on_progress)
    place = house.home.root / "docs" / "index.html"
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(".index.html.new")
    fresh.write_bytes(page)
    fresh.replace(place)
    return place
