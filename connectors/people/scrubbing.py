"""What becomes of a row that speaks of a person who is erased: as a landed line, and as the columns of a lake row.

In their own rows ids become pseudonyms, whatever is personal goes, and the rest stays. In anybody else's rows only a
mention of them becomes the pseudonym. Both forms of a row are changed by the same rules, so that loading the line
again gives the row again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from connectors.entity_schema import Column, EntitySchema, Type
from connectors.people.json_leaves import Leaf, Path, leaves, with_changes
from connectors.people.person import ERASED, Person
from connectors.people.personal_fields import EMAIL, is_personal

_LONGEST_NAME = 80  # longer texts are words, not names
Texts = Mapping[str, str | None]


class Scrubber:
    """Of one entity's rows. Without a schema only mentions are known."""

    def __init__(self, person: Person, schema: EntitySchema | None) -> None:
        self._person = person
        self._schema = schema
        columns = schema.columns if schema else ()
        self._columns = {path_of(column): column for column in columns}
        self._ids = {path: column for path, column in self._columns.items() if column.identifies}
        self._said = {
            path: column for path, column in self._columns.items() if column.personal and not column.identifies
        }
        self._id_names = {path[-1]: column.identifies for path, column in self._ids.items() if path[-1] != "id"}

    def line(self, text: str) -> str:
        """A landed line, or whatever of it was kept as text."""
        try:
            found = leaves(text)
        except ValueError:  # nobody can tell which part of it is personal
            return ERASED if self._person.is_named(text) else text
        return self._changed(text, found, words=self._words_of_line(found) if self._owns(found) else None)

    def columns(self, row: Texts) -> dict[str, str | None]:
        """The texts of a lake row: the schema's columns, `payload` and `extra` as far as they are there."""
        words = self._words_of_row(row) if self._owns_row(row) else None
        changed: dict[str, str | None] = {}
        for path, column in self._columns.items():
            text = row.get(column.name)
            if text is None:
                continue
            if column.type is Type.JSON:
                changed[column.name] = self._part(text, path, words=words)
            elif column.type is Type.TEXT or column.personal:
                changed[column.name] = self._text(path, text, words=words)
        for name in ("payload", "extra"):
            text = row.get(name)
            if text is not None:
                changed[name] = self._part(text, (), words=words)
        return changed

    def reasons(self, text: str) -> str:
        """Why a line was not taken, which may repeat a part of it."""
        return self._person.without_words(self._person.replaced(text))

    def _part(self, text: str, path: Path, *, words: Person | None) -> str:
        try:
            found = leaves(text)
        except ValueError:
            return ERASED if self._person.is_named(text) else text
        return self._changed(text, found, words=words, under=path)

    def _changed(self, text: str, found: Sequence[Leaf], *, words: Person | None, under: Path = ()) -> str:
        changes: dict[Leaf, str | None] = {}
        for leaf in found:
            new = self._leaf((*under, *leaf.path), leaf, words=words)
            if new != leaf.text:
                changes[leaf] = new
        return with_changes(text, changes) if changes else text

    def _leaf(self, path: Path, leaf: Leaf, *, words: Person | None) -> str | None:
        if leaf.is_name:
            return self._person.replaced(leaf.text)
        if not leaf.is_string:
            if leaf.text in ("null", "true", "false"):
                return leaf.text
            if path in self._ids:
                return self._person.pseudonym(self._ids[path].identifies, leaf.text) or leaf.text
            return None if words and path not in self._columns and is_personal(path) else leaf.text
        return self._text(path, leaf.text, words=words)

    def _text(self, path: Path, text: str, *, words: Person | None) -> str | None:
        """`words` knows what to take out of their own rows; None: the row is somebody else's."""
        column = self._columns.get(path)
        kind = column.identifies if column else self._id_names.get(path[-1] if path else "")
        if kind:
            name = self._person.pseudonym(kind, text)
            if name is not None:
                return name
        told = self._person.replaced(text)
        if words is None:
            return told
        if column is None:
            if told == text and is_personal(path):
                return None
            return EMAIL.sub(ERASED, words.without_words(told))
        if column.personal and not column.identifies:
            return ERASED if column.name in self._needed else None
        return told if column.identifies or column.choices else words.without_words(told)

    def _words_of_line(self, found: Sequence[Leaf]) -> Person:
        return self._with_words(leaf.text for leaf in found if leaf.path in self._said and not leaf.is_name)

    def _words_of_row(self, row: Texts) -> Person:
        return self._with_words(row.get(column.name) for column in self._said.values())

    def _with_words(self, said: Iterable[str | None]) -> Person:
        """What a row itself gives as a name goes wherever the row repeats it."""
        more = {text.strip() for text in said if text and len(text) <= _LONGEST_NAME} - self._person.words
        return replace(self._person, words=self._person.words | more) if more else self._person

    @cached_property
    def _needed(self) -> frozenset[str]:
        """Without a value in these the row could not be loaded again."""
        if self._schema is None:
            return frozenset()
        required = {column.name for column in self._schema.columns if column.required}
        return frozenset(required.union(self._schema.key, *self._schema.one_of))

    def _owns(self, found: Sequence[Leaf]) -> bool:
        held = {column.name: leaf.text for leaf in found if (column := self._id_at(leaf)) is not None}
        return self._is_theirs(held, (leaf.text for leaf in found if leaf.is_string and not leaf.is_name))

    def _owns_row(self, row: Texts) -> bool:
        held = {column.name: text for column in self._ids.values() if (text := row.get(column.name))}
        return self._is_theirs(held, self._all_texts(row))

    def _is_theirs(self, held: Mapping[str, str], texts: Iterable[str]) -> bool:
        """By the ids that the schema knows; where there are none, by any value that is one of theirs."""
        if held:
            kinds = {column.name: column.identifies for column in self._ids.values()}
            return any(self._person.pseudonym(kinds[name], text) is not None for name, text in held.items())
        return self._schema is not None and any(self._person.replaced(text) in self._pseudonyms for text in texts)

    @cached_property
    def _pseudonyms(self) -> frozenset[str]:
        return frozenset(self._person.names.values())

    def _id_at(self, leaf: Leaf) -> Column | None:
        if leaf.is_name or leaf.text in ("", "null"):
            return None
        return self._ids.get(leaf.path)

    def _all_texts(self, row: Texts) -> Iterable[str]:
        kinds = {column.name: column.type for column in self._columns.values()}
        for name, text in row.items():
            if text is None:
                continue
            if name in ("payload", "extra") or kinds.get(name) is Type.JSON:
                try:
                    found = leaves(text)
                except ValueError:
                    continue
                yield from (leaf.text for leaf in found if leaf.is_string and not leaf.is_name)
            else:
                yield text


def path_of(column: Column) -> Path:
    """`$.user.id` as names; a header of a delimited file is one name."""
    return tuple(column.path.removeprefix("$.").replace('"', "").split("."))
