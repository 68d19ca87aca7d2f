"""The port of every warehouse: its `raw` schema follows the lake, its `marts` schema can be exported.

dbt writes everything in between. DuckDB and Postgres stand behind it; the same lake gives the same raw rows and the
same marts give the same Parquet files, byte for byte, on both.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.entity_schema import EntitySchema

RAW = "raw"
MARTS = "marts"
DEFINITIONS = "definitions"


class WarehouseBusy(Exception):
    """Another process writes to the warehouse. Nothing was changed; trying again later can help."""


@dataclass(frozen=True, kw_only=True)
class RawSync:
    """What bringing the raw schema in line with the lake came to."""

    relations: int
    renewed: int  # relations that were created or replaced because their shape changed
    files: int  # partition files brought over (0 where the warehouse reads the lake itself)
    rows: int
    last_load_seq: int


@dataclass(frozen=True, kw_only=True)
class Defined:
    """One row of `raw.definitions`: a definition as the models read it."""

    kind: str
    name: str
    body: str  # JSON
    source: str


class Warehouse(ABC):
    @abstractmethod
    def sync_raw(self) -> RawSync:
        """Brings `raw.*` in line with the lake; cheap when little changed, and safe to repeat."""

    @abstractmethod
    def define(self, definitions: Sequence[Defined]) -> tuple[Defined, ...]:
        """Puts these in the place of what `raw.definitions` holds, in one transaction. Gives what it held before."""

    @abstractmethod
    def marts(self) -> tuple[str, ...]:
        """The relations of the schema `marts`, sorted."""

    @abstractmethod
    def export_mart(self, name: str, path: Path) -> int:
        """Writes one mart as Parquet: canonical types, sorted rows. Gives the number of rows."""


def known_tables(schemas: Sequence[EntitySchema]) -> dict[str, EntitySchema]:
    tables: dict[str, EntitySchema] = {}
    for schema in schemas:
        if schema.table in tables:
            raise ValueError(f"two schemas are called {schema.table}")
        tables[schema.table] = schema
    return tables
