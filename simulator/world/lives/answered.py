"""Visits that a message of ours brought about: somebody clicked its link, so they come, read and may go on to buy.

They are entered as they are decided, always in the future, and never change what happened before.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass

import numpy as np

from simulator.world.lives.arrivals import Arrived, visits_of
from simulator.world.lives.facts import touches_of
from simulator.world.lives.roster import Roster
from simulator.world.lives.sessions import sitting
from simulator.world.lives.sources import MESSAGE
from simulator.world.lives.tastes import TasteBook
from simulator.world.luck import key_of


@dataclass(frozen=True, order=True)
class Answer:
    at: int
    person: int
    link: str  # with its tags, as the message carried it


class Answered:
    def __init__(self, roster: Roster, tastes: TasteBook, *, seed: int, device_key: int) -> None:
        self._roster = roster
        self._tastes = tastes
        self._seed = seed
        self._device_key = device_key
        self._answers: list[Answer] = []
        self._links: list[str] = []
        self._numbers: dict[str, int] = {}

    def enter(self, answer: Answer) -> None:
        insort(self._answers, answer)

    def link(self, number: int) -> str:
        return self._links[number]

    def between(self, since: int, until: int) -> Arrived:
        first = bisect_left(self._answers, Answer(since, -1, ""))
        last = bisect_left(self._answers, Answer(until, -1, ""))
        chosen = self._answers[first:last]
        if not chosen:
            return Arrived([], [])
        key = np.array([key_of(self._seed, "answer", a.at, a.person, a.link) for a in chosen], dtype=np.uint64)
        at = np.array([a.at for a in chosen], dtype=np.int64)
        person = np.array([a.person for a in chosen], dtype=np.int64)
        visits = visits_of(key, at, person, roster=self._roster, device_key=self._device_key)
        link = np.array([self._number_of(a.link) for a in chosen], dtype=np.int64)
        facts = sitting(visits, self._tastes.of(person), appetite=np.full(person.size, 0.6))
        return Arrived(facts, [touches_of(visits, source=MESSAGE, subject=link)])

    def _number_of(self, link: str) -> int:
        if link not in self._numbers:
            self._numbers[link] = len(self._links)
            self._links.append(link)
        return self._numbers[link]
