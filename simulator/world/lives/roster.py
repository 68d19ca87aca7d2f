"""Who has signed up, in the order it happened, and who brought whom. Read from the order book as it grows.

A person signs up once. Somebody who comes again through another ad logs in instead, whatever a platform counts.
"""

import numpy as np

from simulator.world.lives.facts import NOBODY, Mask
from simulator.world.luck import Floats, Ints, mixed, uniforms
from simulator.world.orders import ORGANIC, SIGN_UP, OrderBook, Orders

NEVER = np.int64(2**62)
_SHARERS = 0.3  # of users, those who hand out their link on the first day
_REFERRED = 0.15  # of sign-ups without an ad, those whom a friend invited
_ASKED = 6  # acquaintances looked at before somebody counts as not invited
_SETTLED = 3600  # seconds after which a user's link can have brought somebody


class Roster:
    def __init__(self, orders: OrderBook, *, people: int, seed_key: int) -> None:
        self._orders = orders
        self._key = np.uint64(seed_key)
        self._until = 0
        self._size = 0
        self._person = np.zeros(1024, dtype=np.int64)
        self._instant = np.zeros(1024, dtype=np.int64)
        self._referrer = np.full(people, NOBODY, dtype=np.int64)
        self.signed_up_at = np.full(people, NEVER, dtype=np.int64)  # by person

    def catch_up(self, until: int) -> None:
        if until <= self._until:
            return
        found = self._orders.between(self._until, until)
        found = found[found["kind"] == SIGN_UP]
        self._until = until
        _, first = np.unique(found["person"], return_index=True)
        found = found[np.sort(first)]
        self._append(found[self.signed_up_at[found["person"]] == NEVER])

    def _append(self, sign_ups: Orders) -> None:
        before, after = self._size, self._size + sign_ups.size
        while after > self._person.size:
            self._person = np.concatenate([self._person, np.zeros_like(self._person)])
            self._instant = np.concatenate([self._instant, np.zeros_like(self._instant)])
        self._person[before:after], self._instant[before:after] = sign_ups["person"], sign_ups["instant"]
        self.signed_up_at[sign_ups["person"]] = sign_ups["instant"]
        self._size = after
        self._introduce(sign_ups, np.arange(before, after))

    def _introduce(self, sign_ups: Orders, places: Ints) -> None:
        """Finds a friend among those who signed up earlier and share their link."""
        invited = (sign_ups["cell"] == ORGANIC) & (self._luck(sign_ups["person"], 1) < _REFERRED) & (places > 0)
        for attempt in range(_ASKED):
            row = np.flatnonzero(invited & (self._referrer[sign_ups["person"]] == NOBODY))
            place = (self._luck(sign_ups["person"][row], 10 + attempt) * places[row]).astype(np.int64)
            friend = self._person[place]
            fits = self.shares(friend) & (self._instant[place] < sign_ups["instant"][row] - _SETTLED)
            self._referrer[sign_ups["person"][row[fits]]] = friend[fits]

    def _luck(self, people: Ints, stream: int) -> Floats:
        return uniforms(mixed(self._key, people, 71), stream)

    def shares(self, people: Ints) -> Mask:
        """Whether a user hands out their referral link."""
        return self._luck(people, 2) < _SHARERS

    def referrer(self, people: Ints) -> Ints:
        """Who invited each of these people; NOBODY mostly."""
        return self._referrer[people]

    def known(self, people: Ints, at: Ints) -> Mask:
        return self.signed_up_at[people] <= at

    def is_first(self, sign_ups: Orders) -> Mask:
        return self.signed_up_at[sign_ups["person"]] == sign_ups["instant"]

    def signed_up_between(self, since: int, until: int) -> tuple[Ints, Ints]:
        """People and instants, in order."""
        first, last = np.searchsorted(self._instant[: self._size], [since, until])
        return self._person[first:last], self._instant[first:last]
