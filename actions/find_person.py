"""Finds out who is meant by an id that somebody gives: all ids that are this person's alone. Changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from actions.house import House
from actions.load_landed import load_landed
from connectors.lake.identities import identities
from connectors.people.closure import Closure, close
from connectors.people.identifiers import RANK, Identifier
from connectors.people.suppressed import Suppressed

Tell = Callable[[str, str], None]


class NobodyFound(Exception):
    """Nothing is held about the subject."""


class WhichKind(Exception):
    """The subject is found as ids of several kinds, which are not one person's."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Who is meant."""

    subject: str
    closure: Closure
    words: frozenset[str]
    contained: tuple[str, ...]
    was_erased: bool  # on the list already; what is found came in some other way


def load_all(house: House, *, tell: Tell) -> None:
    """So that the lake knows of everybody who stands in files that wait."""
    load_landed(house.lake, warehouse=None, on_progress=lambda message: tell("load", message))


def find_person(house: House, subject: str, *, kind: str | None = None) -> Found:
    with identities(house.home.lake, house.schemas) as known:
        seen = [each for each in known.of(subject) if kind in (None, each.kind)]
        erased_before = _on_the_list(house, subject, kind)
        if not seen and not erased_before:
            raise NobodyFound(f"nothing is held about {subject!r}{'' if kind is None else f' as {kind}'}")
        if not seen:
            return Found(
                subject=subject,
                closure=Closure(ids=tuple(sorted(erased_before)), shared=()),
                words=frozenset(),
                contained=known.contained(list(erased_before)),
                was_erased=True,
            )
        closure = close(seen[0], known.beside)
        others = [each for each in seen if each not in closure.ids]
        if others:
            listed = ", ".join(str(each) for each in seen)
            raise WhichKind(f"{subject!r} is found as {listed}, and they are not one person's; name the kind")
        ids = list(closure.ids)
        return Found(
            subject=subject,
            closure=closure,
            words=known.words(ids),
            contained=known.contained(ids),
            was_erased=bool(erased_before),
        )


def _on_the_list(house: House, subject: str, kind: str | None) -> dict[Identifier, str]:
    known = Suppressed(house.home.root)
    found: dict[Identifier, str] = {}
    for each in RANK if kind is None else (kind,):
        found |= known.among(each, [subject])
    return found
