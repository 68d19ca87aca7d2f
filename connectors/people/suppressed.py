"""Who was erased, so that they are made nobody again when a later pull or file brings them back.

Kept are keyed fingerprints of ids and the pseudonym of each: without the key, which lies beside them and is readable by
the owner alone, nobody can tell whose they are, and with it only who knows an id already. Whoever deletes the key cuts
the last link; what comes back is then a new person.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from secrets import token_bytes

from connectors.landing.durable import write_atomically
from connectors.people.identifiers import UNIT, UNIT_OF, Identifier, identifier
from connectors.people.person import ERASED

KEY, LIST = "erased.key", "erased.jsonl"
_OWNER_ONLY = 0o600
_WORD = re.compile(r"\w+")
_MOST_WORDS = 6  # of a name


@dataclass(frozen=True)
class Suppressed:
    """As it stood when it was first asked."""

    home: Path

    @cached_property
    def pseudonyms(self) -> Mapping[str, str]:
        """By fingerprint."""
        path = self.home / LIST
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        entries = [json.loads(line) for line in lines]
        return {entry["fingerprint"]: entry["pseudonym"] for entry in entries}

    @cached_property
    def _key(self) -> bytes:
        return bytes.fromhex((self.home / KEY).read_text().strip())

    def fingerprint(self, one: Identifier) -> str:
        return hmac.digest(self._key, f"{one.kind}:{one.value}".encode(), hashlib.sha256).hex()

    def pseudonym(self, one: Identifier) -> str | None:
        return self.pseudonyms.get(self.fingerprint(one)) if self.pseudonyms else None

    def among(self, kind: str, values: Iterable[str]) -> dict[Identifier, str]:
        """Which of the values that stand where ids of a kind stand are those of somebody who was erased."""
        found: dict[Identifier, str] = {}
        kinds = (UNIT, *UNIT_OF) if kind == UNIT else (kind,)
        for value in values:
            for each in kinds:
                one = identifier(each, value)
                name = self.pseudonym(one)
                if name is not None:
                    found[one] = name
        return found

    def words_in(self, text: str) -> set[str]:
        """Which of a text's words, or few words in a row, are a name of somebody who was erased."""
        spans = [found.span() for found in _WORD.finditer(text)]
        rows = (
            text[start : spans[last][1]]
            for place, (start, _) in enumerate(spans)
            for last in range(place, min(place + _MOST_WORDS, len(spans)))
        )
        return {row for row in rows if self.pseudonyms.get(self.fingerprint(_word(row)))}

    def with_more(self, names: Mapping[Identifier, str], words: Iterable[str]) -> "Suppressed":
        """Writes them down, durably, and gives the list with them in it."""
        if not (self.home / KEY).exists():
            write_atomically(self.home / KEY, token_bytes(32).hex() + "\n", mode=_OWNER_ONLY)
        known = Suppressed(self.home)
        entries = dict(known.pseudonyms) | {known.fingerprint(one): name for one, name in names.items()}
        entries |= {known.fingerprint(_word(word)): ERASED for word in words}
        lines = (json.dumps({"fingerprint": mark, "pseudonym": name}) + "\n" for mark, name in sorted(entries.items()))
        write_atomically(self.home / LIST, "".join(lines), mode=_OWNER_ONLY)
        return Suppressed(self.home)


def _word(text: str) -> Identifier:
    return Identifier("word", text.casefold())
