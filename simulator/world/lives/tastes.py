"""What people like, as arrays: read from `simulator.world.people` once for each person who turns up."""

import numpy as np

from simulator.world.lives.content import CATEGORIES
from simulator.world.lives.sessions import Tastes
from simulator.world.luck import Ints, mixed, uniforms
from simulator.world.people import People

_UNKNOWN = -1


class TasteBook:
    def __init__(self, people: People, *, seed_key: int) -> None:
        self._people = people
        self._key = np.uint64(seed_key)
        self._interests = np.full(len(people), _UNKNOWN, dtype=np.int64)  # one bit for each attraction

    def of(self, people: Ints) -> Tastes:
        for number in sorted(set(people[self._interests[people] == _UNKNOWN].tolist())):
            liked = self._people.interests(number)
            self._interests[number] = (
                ("game" in liked or "token" in liked)
                + 2 * ("shop" in liked)
                + 4 * ("community" in liked or "growth" in liked)
            )
        bits = self._interests[people]
        luck = uniforms(mixed(self._key, people, 61), 1)
        return Tastes(
            favourite=(luck * len(CATEGORIES)).astype(np.int64),
            plays=(bits & 1) > 0,
            shops=(bits & 2) > 0,
            social=(bits & 4) > 0,
        )
