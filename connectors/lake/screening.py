"""Before pulls are loaded: who was erased and comes back with a later pull or file is made nobody again, with the same
pseudonyms, so that what is told twice is still the same row.

Where nobody was ever erased it costs nothing. Otherwise every waiting line's ids are read once more.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from connectors.ad_platform import Sleep
from connectors.entity_schema import EntitySchema
from connectors.lake.journal import Hook, Journal
from connectors.lake.layout import LakeLayout
from connectors.lake.rewriting import Rewriting
from connectors.lake.sql import fill, in_memory, literal
from connectors.landing.erasing import line_blocks, manifest_after, rewrite_lines, spoken_lines
from connectors.landing.erasing_originals import erase_originals
from connectors.landing.layout import LandingLayout, Stream
from connectors.landing.locks import Busy, hold_lock
from connectors.landing.pending import LandedPull, read_landed
from connectors.people.identifiers import RANK, Identifier
from connectors.people.json_leaves import leaves
from connectors.people.person import Person
from connectors.people.scrubbing import Scrubber
from connectors.people.suppressed import Suppressed

Screen = Callable[[Sequence[LandedPull]], Sequence[LandedPull]]

_WAIT_SECONDS = 30.0
_MOST_REMEMBERED = 1 << 20  # ids that were looked up already
_READ = """
    create or replace temp table found as
    select text, json_extract_string({object}, [{paths}]) as ids from lines where text <> ''
"""
_VALUES = "select distinct ids[{place}] from found where ids[{place}] is not null"
_NOBODY = "select text from found where len(list_filter(ids, lambda each: each is not null)) = 0 or ids is null"


@dataclass(frozen=True, kw_only=True)
class Screening:
    home: Path
    landing: Path
    lake: Path
    schemas: Sequence[EntitySchema]
    sleep: Sleep
    on_step: Hook = lambda step: None

    def __call__(self, pulls: Sequence[LandedPull]) -> Sequence[LandedPull]:
        """The pulls as they are to be loaded. What cannot be changed now, because a pull of its stream is just being
        written, goes on waiting with all that waits of that stream."""
        suppressed = Suppressed(self.home)
        if not suppressed.pseudonyms:
            return pulls
        schemas = {(schema.party, schema.entity): schema for schema in self.schemas}
        screened: list[LandedPull] = []
        busy: set[Stream] = set()
        with in_memory() as connection:
            for pull in pulls:
                schema = schemas.get((pull.stream.party, pull.stream.entity))
                names = {} if schema is None else _come_back(pull.data, schema, suppressed, connection)
                if schema is not None and names:
                    try:
                        self._erase(pull, schema, _with_words(pull.data, Person(names), suppressed))
                    except Busy:
                        busy.add(pull.stream)
                    pull = read_landed(LandingLayout(self.landing), pull.stream, pull.stem)
                screened.append(pull)
        return [pull for pull in screened if pull.stream not in busy]

    def _erase(self, pull: LandedPull, schema: EntitySchema, person: Person) -> None:
        landing = LandingLayout(self.landing)
        lock, what = landing.lock(pull.stream), f"screening {pull.file}"
        with (
            erasing_alone(self.landing, self.lake, sleep=self.sleep, on_step=self.on_step) as rewriting,
            hold_lock(lock, what=what, sleep=self.sleep, wait_seconds=_WAIT_SECONDS),
        ):
            staged = rewriting.staged_in_landing()
            imports = landing.imports(schema.party, schema.entity)
            rewritten = rewrite_lines(pull.data, staged, Scrubber(person, schema).line, needles=person.needles)
            if rewritten is not None:
                rewriting.moves(staged, pull.data)
                manifest = manifest_after(pull.data, rewritten)
                if manifest is not None:
                    rewriting.writes(*manifest)
            for place, content in erase_originals(sorted(imports.iterdir()) if imports.is_dir() else [], person):
                rewriting.replaces(place, content)
            rewriting.commit()


@contextmanager
def erasing_alone(landing: Path, lake: Path, *, sleep: Sleep, on_step: Hook) -> Generator[Rewriting]:
    """One at a time makes people nobody; what one that died had begun to commit is finished first."""
    layout = LakeLayout(lake)
    lock = layout.root / "_locks" / "_erasing.lock"
    with hold_lock(lock, what="making a person nobody's", sleep=sleep, wait_seconds=_WAIT_SECONDS):
        journal = Journal(layout, landing, sleep=sleep, on_step=on_step)
        journal.finish_interrupted()
        yield Rewriting(layout, landing, journal)


def _come_back(
    data: Path, schema: EntitySchema, suppressed: Suppressed, connection: duckdb.DuckDBPyConnection
) -> dict[Identifier, str]:
    columns = [column for column in schema.columns if column.identifies]
    if not columns or not data.exists():
        return {}
    found: dict[Identifier, str] = {}
    asked: dict[str, set[str]] = {column.identifies: set() for column in columns}
    for block in line_blocks(data):
        texts = pa.array(block.decode(errors="replace").split("\n"), pa.string())
        _read_ids(connection, texts, [column.path for column in columns])
        for place, column in enumerate(columns, start=1):
            known = asked[column.identifies]
            values = {row[0] for row in connection.execute(fill(_VALUES, place=str(place))).fetchall()} - known
            found |= suppressed.among(column.identifies, values)
            known |= values
            if len(known) > _MOST_REMEMBERED:
                known.clear()
        for (text,) in connection.execute(_NOBODY).fetchall():
            found |= _anywhere(text, suppressed)
    return found


def _read_ids(connection: duckdb.DuckDBPyConnection, texts: pa.Array, paths: Sequence[str]) -> None:
    listed = ", ".join(literal(path) for path in paths)
    connection.register("lines", pa.table({"text": texts}))
    try:
        connection.execute(fill(_READ, object="text", paths=listed))
    except duckdb.InvalidInputException:  # a line that is not JSON
        connection.execute(fill(_READ, object="case when json_valid(text) then text end", paths=listed))
    connection.unregister("lines")


def _with_words(data: Path, person: Person, suppressed: Suppressed) -> Person:
    """And the names that the lines about them repeat."""
    found: set[str] = set()
    for line in spoken_lines(data, person.needles):
        try:
            found |= {word for leaf in leaves(line) if leaf.is_string for word in suppressed.words_in(leaf.text)}
        except ValueError:
            continue
    return Person(person.names, frozenset(found))


def _anywhere(text: str, suppressed: Suppressed) -> dict[Identifier, str]:
    """Of a row that holds no id where ids are expected, such as a delivery about another kind of object."""
    try:
        values = {leaf.text for leaf in leaves(text) if leaf.is_string and not leaf.is_name}
    except ValueError:
        return {}
    found: dict[Identifier, str] = {}
    for kind in RANK:
        found |= suppressed.among(kind, values)
    return found
