"""What one row of a landed entity looks like: which columns, read from where, keyed by what.

A schema is data. The lake (`connectors.lake`) turns landed payloads into typed Parquet with it, the warehouse creates
its raw tables with it, and the documentation lists it. What a platform's rows mean is said in dbt, not here.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    WINDOWED = "windowed"  # a pull owns a window of days of one account: what it no longer holds has vanished
    OBJECT = "object"  # a pull lists everything of one account: every version is kept with the instant we saw it
    APPEND = "append"  # facts that never change; a repeated key is a duplicate


class Type(StrEnum):
    TEXT = "text"
    INTEGER = "bigint"
    DECIMAL = "decimal(38, 9)"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "timestamptz"
    JSON = "json"  # kept as canonical JSON text


@dataclass(frozen=True)
class Column:
    """`path` is a JSON path into the payload ("$.metrics.spend"); for delimited files it names the header."""

    name: str
    type: Type
    path: str
    description: str
    required: bool = False
    null_texts: tuple[str, ...] = ()  # texts that mean "no value", e.g. TikTok's "-"
    choices: tuple[str, ...] = ()  # the only texts that are taken; none: any
    remedy: str = ""  # what a person does where a required value is missing
    personal: bool = False  # says who somebody is, or how to reach them: goes when the person is erased
    identifies: str = ""  # it tells people apart: which kind of id it holds (`connectors.people.identifiers`)


@dataclass(frozen=True, kw_only=True)
class EntitySchema:
    party: str
    entity: str
    kind: Kind
    description: str  # the first sentence says what one row is
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # columns that identify a row inside its account
    day: str | None = None  # for WINDOWED (and partitioned APPEND): the column holding the account-local day

    one_of: tuple[tuple[str, ...], ...] = ()  # of each group of columns at least one must hold a value
    # For OBJECT: the instant at which a row last changed, by its own account. Of two versions the one that changed
    # later is current, whatever order they arrive in; a row without it changed when it was told.
    version: str | None = None

    pulled: bool = True  # some source is asked for it
    brought: bool = False  # people may bring files of it
    cursor: str | None = None  # JSON path of a growing number; a pull continues after the largest one landed

    @property
    def name(self) -> str:
        return f"{self.party}/{self.entity}"

    @property
    def table(self) -> str:
        """The raw table's name in every warehouse, and the dbt source's."""
        return f"{self.party}__{self.entity}"
