"""Proves that a person is gone: every file under the home is searched, every table of the warehouse and the ledger, and
the sums are compared with those from before.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from actions.erasing_intent import NAME as INTENT
from actions.house import House
from connectors.lake.sums import Measures, lake_sums, mart_sums
from connectors.landing.durable import PARTIAL
from connectors.people.person import Person
from connectors.people.searching import Search, Searched
from connectors.people.suppressed import KEY, LIST
from connectors.warehouse.erasing import search_tables
from connectors.warehouse.published import PART, current_build
from ledger.erasing import Speaks, texts_that_speak
from ledger.transaction import reading

_OURS = (INTENT, f"{INTENT}{PARTIAL}", KEY, LIST)


@dataclass(frozen=True, kw_only=True)
class Proof:
    places: tuple[Searched, ...]
    moved: tuple[str, ...]  # sums that are not what they were
    before: Mapping[str, Measures]
    after: Mapping[str, Measures]

    @property
    def found(self) -> int:
        return sum(place.found for place in self.places)

    @property
    def holds(self) -> bool:
        return not self.found and not self.moved


def search_of(house: House, person: Person, *, contained: Sequence[str]) -> Search:
    names = {column.name for schema in house.schemas for column in schema.columns if column.identifies}
    return Search(person, frozenset(names), contained)


def speaks_of(person: Person) -> Speaks:
    return Speaks(spellings=person.spellings, is_named=person.is_named, replaced=person.replaced)


def search_home(house: House, search: Search) -> tuple[Searched, ...]:
    """Every file but the ledger's, and every table of the warehouse."""
    places: dict[str, list[Path]] = defaultdict(list)
    for path in _files(house.home.root):
        if not path.name.startswith(house.home.ledger.name) or path.parent != house.home.root:
            places[_place(path.relative_to(house.home.root))].append(path)
    searched = [search.files(place, paths) for place, paths in sorted(places.items())]
    return (*searched, search_tables(house.warehouse, search))


def search_ledger(house: House, search: Search) -> tuple[Searched, ...]:
    """Its tables, and its files where it is one of SQLite's."""
    with reading(house.ledger) as session:
        looked, found = texts_that_speak(session, speaks_of(search.person))
    tables = Searched(place="ledger tables", rows=looked, found=found)
    name = house.ledger.url.database if house.ledger.dialect.name == "sqlite" else None
    if name is None:
        return (tables,)
    file = Path(name)
    paths = [path for path in file.parent.glob(f"{file.name}*") if path.is_file()]
    return (tables, search.files("ledger file", paths))


def sums(house: House, *, with_marts: bool) -> dict[str, Measures]:
    found = lake_sums(house.home.lake, house.schemas)
    if with_marts:
        snapshot = current_build(house.home.published)
        found |= mart_sums(snapshot.folder, snapshot.build.rows, part=PART)
    return found


def is_built(house: House) -> bool:
    """Whether there are marts that have to be made anew."""
    return (house.home.published / "current").exists() or (
        house.settings.warehouse_is_postgres and bool(house.warehouse.marts())
    )


def _files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink() and not (path.parent == root and name in _OURS):
                yield path


def _place(relative: Path) -> str:
    first, *rest = relative.parts
    if not rest:
        return first
    if first in ("lake", "landing") and len(rest) > 1:
        return f"{first}/{rest[0]}" if first == "lake" or rest[0].startswith("_") else first
    return first
