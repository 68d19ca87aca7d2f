"""An erasure that is under way, as it is remembered until it is done: whoever comes after a crash goes on with it.

It is the one place that holds the ids beside their pseudonyms; only its owner may read it, and its end removes it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from connectors.landing.durable import PARTIAL, sync_folder, write_atomically
from connectors.people.identifiers import Identifier
from connectors.people.person import Person

NAME = "_erasing.json"
_OWNER_ONLY = 0o600


@dataclass(frozen=True, kw_only=True)
class Intent:
    erasure: str  # its name, which says nothing of the person
    subject: str
    begun_at: datetime
    names: Mapping[Identifier, str]  # the pseudonym of each id
    shared: tuple[Identifier, ...]
    words: frozenset[str]
    contained: tuple[str, ...]  # ids that somebody else's id contains
    load_seq: int  # the last load when the sums were taken
    before: Mapping[str, Mapping[str, str]]  # sums

    @property
    def person(self) -> Person:
        return Person(self.names, self.words)


def read_intent(home: Path) -> Intent | None:
    path = home / NAME
    if not path.exists():
        return None
    fields = json.loads(path.read_text(encoding="utf-8"))
    return Intent(
        erasure=fields["erasure"],
        subject=fields["subject"],
        begun_at=datetime.fromisoformat(fields["begun_at"]),
        names={Identifier(kind, value): name for kind, value, name in fields["names"]},
        shared=tuple(Identifier(kind, value) for kind, value in fields["shared"]),
        words=frozenset(fields["words"]),
        contained=tuple(fields["contained"]),
        load_seq=fields["load_seq"],
        before=fields["before"],
    )


def write_intent(home: Path, intent: Intent) -> None:
    fields = {
        "erasure": intent.erasure,
        "subject": intent.subject,
        "begun_at": intent.begun_at.isoformat(),
        "names": [[one.kind, one.value, name] for one, name in sorted(intent.names.items())],
        "shared": [list(asdict(one).values()) for one in intent.shared],
        "words": sorted(intent.words),
        "contained": list(intent.contained),
        "load_seq": intent.load_seq,
        "before": intent.before,
    }
    write_atomically(home / NAME, json.dumps(fields, ensure_ascii=False) + "\n", mode=_OWNER_ONLY)


def forget_intent(home: Path) -> None:
    for name in (NAME, NAME + PARTIAL):  # of a try to write it that died
        (home / name).unlink(missing_ok=True)
    sync_folder(home)
