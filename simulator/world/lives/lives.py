"""Everybody's life in the product, day by day: worked out when a day is asked for, from the seed and what happened.

A day's facts are final once its half-hours have passed; the same day always reads the same. What is sold and billed
afterwards is kept by `simulator.world.lives.commerce`, from the same orders.
"""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from simulator.world.economy import Economy
from simulator.world.lives import facts as f
from simulator.world.lives.answered import Answer, Answered
from simulator.world.lives.arrivals import Arrivals, Arrived
from simulator.world.lives.facts import FACT, NOBODY, TOUCH, Facts, Touches, from_to, in_order, joined
from simulator.world.lives.habits import Habits
from simulator.world.lives.market import moves
from simulator.world.lives.roster import Roster
from simulator.world.lives.shopping import Shopping
from simulator.world.lives.sign_ups import SignUps
from simulator.world.lives.tastes import TasteBook
from simulator.world.luck import key_of
from simulator.world.orders import ADD_TO_CART, PURCHASE, SIGN_UP

DAY = 86_400
_EPOCH = 719_163
_KEPT_DAYS = 16  # days kept in memory; any other is worked out again


@dataclass(frozen=True)
class LivedDay:
    facts: Facts
    touches: Touches


class Lives:
    """`until` in every call: how far the world is known, a whole half-hour."""

    def __init__(self, economy: Economy, *, seed: int, organic_orders_per_day: float) -> None:
        self._economy = economy
        self._seed = seed
        device_key = key_of(seed, "devices")
        self.roster = Roster(economy.orders, people=len(economy.people), seed_key=key_of(seed, "roster"))
        tastes = TasteBook(economy.people, seed_key=key_of(seed, "tastes"))
        self._arrivals = Arrivals(
            economy, self.roster, device_key=device_key, organic_orders_per_day=organic_orders_per_day
        )
        self._sign_ups = SignUps(self.roster, tastes, device_key=device_key)
        self._shopping = Shopping(self.roster, device_key=device_key)
        self._habits = Habits(
            economy.people, self.roster, tastes, seed_key=key_of(seed, "habits"), device_key=device_key
        )
        self.answered = Answered(self.roster, tastes, seed=seed, device_key=device_key)
        self._days: OrderedDict[int, LivedDay] = OrderedDict()
        self._opened: int | None = None

    def open(self, at: int) -> None:
        """Nothing happens before the world's first instant."""
        self._opened = at

    def facts(self, since: int, until: int, *, known_until: int) -> Facts:
        return self._between("facts", FACT, since, until, known_until)

    def touches(self, since: int, until: int, *, known_until: int) -> Touches:
        return self._between("touches", TOUCH, since, until, known_until)

    def answer(self, *, person: int, at: int, link: str) -> None:
        """Somebody will follow a message's link."""
        self.answered.enter(Answer(at, person, link))

    def _between(self, name: str, kind: np.dtype, since: int, until: int, known_until: int) -> Facts:
        self.roster.catch_up(known_until)
        since = since if self._opened is None else max(since, self._opened)
        until = min(until, known_until)
        if until <= since:
            return np.zeros(0, dtype=kind)
        # A sitting that begins before midnight may end after it, so the day before is looked through as well.
        days = range(since // DAY - 1, (until - 1) // DAY + 1)
        return in_order(
            joined([from_to(getattr(self._day(day, known_until), name), since, until) for day in days], kind)
        )

    def _day(self, number: int, known_until: int) -> LivedDay:
        """Days are counted from the epoch."""
        if number in self._days:
            self._days.move_to_end(number)
            return self._days[number]
        lived = self._live(number, known_until)
        if (number + 1) * DAY <= known_until:
            self._days[number] = lived
            if len(self._days) > _KEPT_DAYS:
                self._days.popitem(last=False)
        return lived

    def _live(self, number: int, known_until: int) -> LivedDay:
        since, until = number * DAY, min((number + 1) * DAY, known_until)
        orders = self._economy.orders.between(since, until)
        arrived: list[Arrived] = [
            self._arrivals.from_ads(since, until),
            self._arrivals.by_themselves(number + _EPOCH),
            self._sign_ups.facts(orders[orders["kind"] == SIGN_UP]),
            self._shopping.carts(orders[orders["kind"] == ADD_TO_CART]),
            self._shopping.purchases(orders[orders["kind"] == PURCHASE]),
            self._habits.on(number + _EPOCH),
            self.answered.between(since, until),
            Arrived([self._price_moves(since, until)], []),
        ]
        return LivedDay(
            facts=in_order(joined([part for each in arrived for part in each.facts], FACT)),
            touches=in_order(joined([part for each in arrived for part in each.touches], TOUCH)),
        )

    def _price_moves(self, since: int, until: int) -> Facts:
        told = moves(self._seed, since, until)
        made = np.zeros(len(told), dtype=FACT)
        for row, move in enumerate(told):
            at = int(move.at.timestamp())
            made[row]["key"], made[row]["instant"] = key_of(self._seed, "price move", at), at
            made[row]["kind"], made[row]["person"] = f.PRICE_MOVE, NOBODY
            made[row]["amount"] = round(move.price_usd * 10**6)
            made[row]["detail"] = round(move.change_24h * 10**6)
        return made
