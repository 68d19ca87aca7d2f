"""Who comes back on which day. Interest fades with the days since the sign-up, slowly for the loyal, and then it ends.

Only sign-ups of the last half-year can matter on a day, so a day costs the same however long the world has run.
"""

import numpy as np

from simulator.world.lives import facts as f
from simulator.world.lives.arrivals import Arrived, visits_of
from simulator.world.lives.facts import Facts, Touches, facts_of, touches_of
from simulator.world.lives.hours import instants_of_day
from simulator.world.lives.roster import Roster
from simulator.world.lives.sessions import sitting
from simulator.world.lives.sources import READERS, drawn
from simulator.world.lives.tastes import TasteBook
from simulator.world.luck import Floats, Ints, mixed, uniforms
from simulator.world.people import People

LONGEST_LIFE = 180  # days after which somebody who never bought has forgotten the product
_EPOCH = 719_163
_SECOND_SITTING = 0.15
_DEVOTED = 0.985  # of the most loyal people's loyalty: those who come every day


class Habits:
    def __init__(self, people: People, roster: Roster, tastes: TasteBook, *, seed_key: int, device_key: int) -> None:
        self._people = people
        self._roster = roster
        self._tastes = tastes
        self._key = np.uint64(seed_key)
        self._device_key = device_key

    def on(self, day: int) -> Arrived:
        """`day`: an ordinal, UTC. Everybody's first day belongs to `simulator.world.lives.sign_ups`."""
        midnight = (day - _EPOCH) * 86_400
        person, signed_up = self._roster.signed_up_between(midnight - LONGEST_LIFE * 86_400, midnight)
        if not person.size:
            return Arrived([], [])
        age = day - (signed_up // 86_400 + _EPOCH)
        comes = uniforms(mixed(self._key, person, 62), day) < self.chance(person, age)
        facts: list[Facts] = []
        touches: list[Touches] = []
        for nth, present in enumerate((person[comes], person[comes])):
            key = mixed(self._key, present, day, nth, 63)
            if nth:
                again = uniforms(key, 1) < _SECOND_SITTING
                present, key = present[again], key[again]
            at = instants_of_day(day, self._people.market_of(present), uniforms(key, 2))
            visits = visits_of(key, at, present, roster=self._roster, device_key=self._device_key)
            logs_in = uniforms(key, 3) < 0.5
            facts.append(facts_of(f.LOGIN, visits, rows=logs_in, at=at + 2))
            facts += sitting(visits, self._tastes.of(present), appetite=self._appetite(present))
            touches.append(touches_of(visits, source=drawn(READERS, uniforms(key, 4))))
        return Arrived(facts, touches)

    def _devotion(self, people: Ints) -> Floats:
        return self._people.loyalty(people) / 0.75

    def _appetite(self, people: Ints) -> Floats:
        devotion = self._devotion(people)
        return np.where(devotion > _DEVOTED, 1.5, devotion)

    def chance(self, people: Ints, age: Ints) -> Floats:
        """Of being there on a day, so many days after the sign-up."""
        devotion = self._devotion(people)
        fading = (0.025 + 0.6 * devotion**4) * np.maximum(age, 1) ** (-1.0 + 0.85 * devotion)
        return np.where(devotion > _DEVOTED, np.maximum(fading, 0.97), fading)
