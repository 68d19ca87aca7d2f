"""Which ids are one person's: from the one that somebody gave to all that stand beside it, and are nobody else's.

A device or an address can be shared. An id is a person's alone where everybody stronger that it was ever seen with
(`RANK`) is that person; what is seen with somebody else too is left alone, and named.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from connectors.people.identifiers import RANK, Identifier

Beside = Callable[[Iterable[Identifier]], Mapping[Identifier, frozenset[Identifier]]]  # seen in one row with each


class NotAlone(Exception):
    """The id is shared by several people; the message names them."""


@dataclass(frozen=True, kw_only=True)
class Closure:
    ids: tuple[Identifier, ...]
    shared: tuple[Identifier, ...]  # seen with this person and with others


def close(subject: Identifier, beside: Beside) -> Closure:
    theirs = {_strongest(subject, beside)}
    known = dict(beside(theirs))
    while True:
        candidates = {each for one in theirs for each in known[one]} - theirs
        known |= beside(candidates - known.keys())
        alone = {each for each in candidates if _stronger(each, known[each]) <= theirs}
        if not alone:
            break
        theirs |= alone
    if subject not in theirs:
        raise _not_alone(subject, _stronger(subject, known.get(subject, frozenset())))
    return Closure(ids=tuple(sorted(theirs)), shared=tuple(sorted(candidates)))


def _strongest(subject: Identifier, beside: Beside) -> Identifier:
    """Upwards from the id that was given, as long as there is one way."""
    current = subject
    while stronger := _stronger(current, beside([current])[current]):
        most = max(RANK[each.kind] for each in stronger)
        top = {each for each in stronger if RANK[each.kind] == most}
        if len(top) > 1:
            raise _not_alone(current, top)
        (current,) = top
    return current


def _stronger(one: Identifier, seen_with: Iterable[Identifier]) -> set[Identifier]:
    return {each for each in seen_with if RANK[each.kind] > RANK[one.kind]}


def _not_alone(one: Identifier, others: Iterable[Identifier]) -> NotAlone:
    listed = ", ".join(str(each) for each in sorted(others))
    return NotAlone(f"the {one} is not one person's alone: it is seen with {listed}. Name the one who is meant")
