"""Which tables of the product's database hold what: `product.yml` in the home, read strictly.

One block for each account (PRODUCT_DB_ACCOUNT_1_ID names it), with its tables. A wrong line is refused by name, with
what to write instead; nothing of that account is asked until it is right.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from connectors.entity_schema import EntitySchema, Kind
from connectors.product.schemas import SCHEMAS

FILE = "product.yml"
_BY_ENTITY = {schema.entity: schema for schema in SCHEMAS}
_NAMED = re.compile(r"\{(\w+)\}")


class BadMapping(ValueError):
    """The mapping cannot be used. The message names the place in the file and what to write instead."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Value(_Strict):
    """The same text or number in every row."""

    value: str | int | float | bool


class Text(_Strict):
    """A text with columns in it, such as "signup-{user_id}": how rows of a table become events with their own ids."""

    text: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(_NAMED.findall(self.text))

    def written(self, row: Mapping[str, Any]) -> str | None:
        """None where one of its columns is empty: half an id is none."""
        if any(row[name] is None for name in self.names):
            return None
        return _NAMED.sub(lambda found: str(row[found[1]]), self.text)


class Object(_Strict):
    """An object of columns under their own names."""

    object: tuple[str, ...] = Field(min_length=1)


Source = str | Value | Text | Object  # a bare text is a column's name


def _known_entity(entity: str) -> str:
    if entity not in _BY_ENTITY:
        raise ValueError(f"{entity!r} is none of {', '.join(_BY_ENTITY)}")
    return entity


def _known_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError(f"{zone!r} is not an IANA time zone, such as Europe/Berlin") from error
    return zone


class Table(_Strict):
    table: str = Field(min_length=1)  # or schema.table
    entity: Annotated[str, AfterValidator(_known_entity)]
    id: str | tuple[str, ...]
    updated_at: str
    columns: dict[str, Source] = {}  # a column of the entity that is not named here is read from the one of its name
    zone: Annotated[str, AfterValidator(_known_zone)] | None = None  # of the table's instants that have none
    deleted_at: str | None = None  # set in rows that are gone
    sweep: bool = False  # rows are deleted outright: once a day all are read, and what is missing is gone

    @property
    def schema_of_rows(self) -> EntitySchema:
        return _BY_ENTITY[self.entity]

    @property
    def id_columns(self) -> tuple[str, ...]:
        return (self.id,) if isinstance(self.id, str) else self.id

    @property
    def tells_deletion(self) -> bool:
        """Whether the entity has a column for it; otherwise rows that are gone are left out."""
        return any(column.name == "deleted_at" for column in self.schema_of_rows.columns)

    @property
    def is_swept(self) -> bool:
        return self.sweep or (self.deleted_at is not None and not self.tells_deletion)

    @model_validator(mode="after")
    def _fits_the_entity(self) -> Self:
        known = {column.name for column in self.schema_of_rows.columns}
        unknown = [name for name in self.columns if name not in known]
        if unknown:
            raise ValueError(f"{self.entity} has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        if self.schema_of_rows.kind is Kind.APPEND and (self.sweep or self.deleted_at):
            raise ValueError(f"{self.entity} never go again: leave sweep and deleted_at out")
        return self


class Account(_Strict):
    overlap_minutes: int = Field(default=15, ge=0, le=7 * 24 * 60)  # how long a transaction may take to commit
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"  # whose days a sweep a day is counted in
    tables: tuple[Table, ...] = Field(min_length=1)

    @property
    def overlap(self) -> timedelta:
        return timedelta(minutes=self.overlap_minutes)

    def by_entity(self) -> dict[EntitySchema, list[Table]]:
        found: dict[EntitySchema, list[Table]] = {}
        for table in self.tables:
            found.setdefault(table.schema_of_rows, []).append(table)
        return found


def read_mapping(home: Path, account_id: str) -> Account:
    path = home / FILE
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadMapping(f"{path} is missing: write it as docs/product-database.md shows") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadMapping(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(told, dict) or account_id not in told:
        raise BadMapping(f"{path} has no block {account_id!r}: begin one with that name and its tables under it")
    try:
        return Account.model_validate(told[account_id])
    except ValidationError as error:
        problems = "; ".join(_said(each) for each in error.errors(include_input=False, include_url=False))
        raise BadMapping(f"{path}, {account_id}: {problems}") from None


def _said(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    reason = str(error["ctx"]["error"]) if error["type"] == "value_error" else error["msg"]
    return f"{place}: {reason}" if place else reason
