"""Somebody who is to be made nobody: their ids, the pseudonym of each, and where a text speaks of them.

One id has one pseudonym, whoever holds it: who is counted apart stays so, and what was joined still joins.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

from connectors.people.identifiers import UNIT, UNIT_OF, Identifier, identifier

ERASED = "[erased]"  # what stands for words, where something has to stand
PSEUDONYM = "erased-"  # and 16 hexadecimal digits
_HEX = re.compile(r"[0-9a-fA-F-]+")
_SHORTEST_WORD = 6  # a shorter name could be any word


@dataclass(frozen=True)
class Person:
    names: Mapping[Identifier, str]  # the pseudonym of each
    words: frozenset[str] = field(default=frozenset())  # their names and whatever else only their own rows say of them

    def pseudonym(self, kind: str, value: str) -> str | None:
        """None: it is not theirs."""
        if kind != UNIT:
            return self.names.get(identifier(kind, value))
        found = (self.names.get(Identifier(each, value)) for each in (UNIT, *UNIT_OF))
        return next((name for name in found if name is not None), None)

    def is_named(self, text: str) -> bool:
        return bool(self._mention and self._mention.search(text))

    def replaced(self, text: str) -> str:
        """The text with each mention of them replaced by the pseudonym."""
        if self._mention is None:
            return text
        return self._mention.sub(lambda found: self._by_spelling[_folded(found[0])], text)

    def without_words(self, text: str) -> str:
        return text if self._word is None else self._word.sub(ERASED, text)

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """How their distinctive ids can be written in a text; addresses in small letters."""
        return tuple(self._by_spelling)

    @cached_property
    def bounded(self) -> tuple[str, ...]:
        """A pattern for each of the spellings, which finds it as a word of its own."""
        return tuple(_bounded(spelling) for spelling in self.spellings)

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """A line that speaks of them holds one of these, once its letters are made small."""
        short = [each.value for each in self.names if not each.is_distinctive]
        marks = [*self.spellings, *(f'"{value}"' for value in short), *(f":{v}" for v in short if v.isdigit())]
        return tuple(sorted({mark.lower().encode(errors="surrogatepass") for mark in marks}))

    @cached_property
    def pattern(self) -> str:
        """For engines without look-around: finds what `is_named` finds, and perhaps a little more."""
        each = (f"(?i:{re.escape(s)})" if "@" in s or "%40" in s.lower() else re.escape(s) for s in self.spellings)
        return "|".join(each)

    @cached_property
    def short_values(self) -> tuple[str, ...]:
        return tuple(sorted({each.value for each in self.names if not each.is_distinctive}))

    @cached_property
    def _by_spelling(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for each, name in self.names.items():
            if each.is_distinctive:
                for spelling in _spellings(each.value):
                    found.setdefault(_folded(spelling), name)
        return dict(sorted(found.items(), key=lambda item: -len(item[0])))  # the longest is tried first

    @cached_property
    def _mention(self) -> re.Pattern[str] | None:
        if not self._by_spelling:
            return None
        return re.compile("|".join(self.bounded))

    @cached_property
    def _word(self) -> re.Pattern[str] | None:
        words = sorted((word for word in self.words if len(word) >= _SHORTEST_WORD), key=len, reverse=True)
        if not words:
            return None
        return re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE)


def _spellings(value: str) -> set[str]:
    """As it is, as JSON writes it, as an address on the web carries it."""
    return {value, json.dumps(value)[1:-1], quote(value, safe=""), quote(value)}


def _folded(spelling: str) -> str:
    return spelling.lower() if "@" in spelling or "%40" in spelling else spelling


def _bounded(spelling: str) -> str:
    """Not inside a longer word: user_10 is not user_100. Hexadecimal digits may be a part of some other id."""
    if "@" in spelling or "%40" in spelling:
        return rf"(?i:(?<![\w.+-]){re.escape(spelling)}(?![\w-]|\.\w))"
    joined = r"\w-" if _HEX.fullmatch(spelling) else r"\w"
    return rf"(?<![{joined}]){re.escape(spelling)}(?![{joined}])"
