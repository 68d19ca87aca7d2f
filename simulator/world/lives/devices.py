"""Which browser a person is on: the anonymous ids they are seen under, some of them second devices or shared ones."""

import numpy as np

from simulator.world.luck import Floats, Ints, Keys, mixed, uniforms

_SECOND, _SHARED, _CLEARED = 0.82, 0.97, 0.985  # of visits: below the first on the main device
_KEPT_DAYS = 30  # after which somebody who clears cookies is seen under a new id


def anonymous_ids(seed_key: int, people: Ints, *, luck: Floats, day: Ints) -> Keys:
    """`day`: an ordinal. Two people of one household now and then use the same browser."""
    own = np.uint64(seed_key)
    slot = (luck >= _SECOND).astype(np.int64) + np.where(luck >= _CLEARED, 1 + day // _KEPT_DAYS, 0)
    shared = (luck >= _SHARED) & (luck < _CLEARED)
    return np.where(shared, mixed(own, people // 2, 7_001), mixed(own, people, slot, 7_002))


def luck_of_visit(people: Ints, instants: Ints) -> Floats:
    """The same visit always falls on the same device, whoever asks for it."""
    return uniforms(mixed(np.uint64(0xD1CE), people, instants), 1)
