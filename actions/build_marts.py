"""Builds the marts from what is loaded: the raw schema follows the lake and what people define, then dbt runs over all
of it, alone.

Publishing what was built is `actions.publish_marts`'s; a build that failed is never published.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from actions.define import DefinitionsBrought, bring_definitions
from actions.house import House
from connectors.landing.locks import hold_lock
from connectors.warehouse.dbt_process import Dbt, DbtResult, duckdb_target, postgres_target

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
WAIT_SECONDS = 900.0  # for another build to end


@dataclass(frozen=True, kw_only=True)
class Modelled:
    dbt: DbtResult
    definitions: DefinitionsBrought


def dbt_of(house: House) -> Dbt:
    if house.settings.warehouse_is_postgres:
        target = postgres_target(house.settings.warehouse.get_secret_value())
    else:
        target = duckdb_target(house.home.warehouse)
    return Dbt(project=PROJECT, work=house.home.root / "dbt", target=target)


def build_variables(*, as_of: datetime | None) -> dict[str, object]:
    """What a build's SQL goes by. Without `as_of`: everything that is known."""
    return {"as_of": as_of.isoformat() if as_of else None}


@contextmanager
def alone(house: House) -> Generator[int]:
    """One build of a home at a time, whoever started it; the others wait. Gives the lock's handle, for dbt to keep."""
    path = house.home.root / "warehouse.lock"
    with hold_lock(path, what="building the marts", sleep=house.sleep, wait_seconds=WAIT_SECONDS) as lock:
        yield lock


def build_marts(
    house: House,
    *,
    run_id: str,
    as_of: datetime | None = None,
    full_refresh: bool = False,
    on_progress: Callable[[str], None] = lambda message: None,
) -> Modelled:
    with alone(house) as lock:
        house.warehouse.sync_raw()
        definitions = bring_definitions(house.warehouse, own=house.home.definitions)
        built = dbt_of(house).build(
            variables=build_variables(as_of=as_of),
            run=run_id,
            full_refresh=full_refresh,
            lock=lock,
            on_progress=on_progress,
        )
    return Modelled(dbt=built, definitions=definitions)
