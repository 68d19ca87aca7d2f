"""Makes a person nobody's in what lies in the landing zone beside finished pulls: unfinished pulls, segments that no
collector got to land, files that people brought, dropped, or that were refused.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from connectors.ad_platform import Sleep
from connectors.entity_schema import EntitySchema
from connectors.lake.rewriting import Rewriting
from connectors.landing.erasing import rewrite_lines
from connectors.landing.erasing_originals import erase_originals
from connectors.landing.layout import DATA
from connectors.landing.locks import Busy, hold_lock
from connectors.people.person import Person
from connectors.people.scrubbing import Scrubber

SEGMENTS = "_segments"  # the collector's; landed as soon as they are closed
_COLLECTOR = Path(SEGMENTS, "collector.lock")
Schemas = Mapping[tuple[str, str], EntitySchema]


def erase_loose(rewriting: Rewriting, person: Person, schemas: Schemas, *, sleep: Sleep) -> int:
    """Gives how many files changed. What a running collector still writes to is left to it: it lands within a minute,
    and is screened when it is loaded."""
    landing, before = rewriting.landing, rewriting.files
    with ExitStack() as holding:
        folders = ["_unfinished"]
        if (landing / SEGMENTS).is_dir():
            try:
                lock = hold_lock(landing / _COLLECTOR, what="the collector", sleep=sleep, wait_seconds=0)
                holding.enter_context(lock)
                folders.append(SEGMENTS)
            except Busy:
                pass
        for folder in folders:
            for path in sorted((landing / folder).rglob(f"*{DATA}*")):
                if path.is_file():
                    _rewrite(rewriting, path, person, schemas.get((path.parts[-4], path.parts[-3])))
        for place, content in erase_originals(_brought(landing), person):
            rewriting.replaces(place, content)
        changed = rewriting.files - before
        rewriting.commit()
    return changed


def _rewrite(rewriting: Rewriting, path: Path, person: Person, schema: EntitySchema | None) -> None:
    staged = rewriting.staged_in_landing()
    if rewrite_lines(path, staged, Scrubber(person, schema).line, needles=person.needles) is not None:
        rewriting.moves(staged, path)


def _brought(landing: Path) -> Iterator[Path]:
    for folder in ("_imports", "_refused"):
        yield from sorted((landing / folder).rglob("*"))
    yield from sorted(path for path in landing.glob("[!_]*/*/*") if not path.name.startswith("."))
