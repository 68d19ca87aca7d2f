"""The way to an order: looking, putting into the cart, checking out, paying. Amounts and instants are the order book's.

What is told of the minutes before an order stays inside the order's own half-hour, the step in which the world learns
of things; so nothing is ever told late.
"""

import numpy as np

from simulator.world.calendar import HALF_HOUR
from simulator.world.lives import facts as f
from simulator.world.lives.arrivals import Arrived, visits_of
from simulator.world.lives.content import SHOP_ITEMS
from simulator.world.lives.facts import NOBODY, Visits, facts_of, touches_of
from simulator.world.lives.roster import Roster
from simulator.world.lives.sources import READERS, drawn
from simulator.world.luck import Ints, Keys, mixed, uniforms
from simulator.world.orders import Orders

_STREAMS: Ints = np.arange(192, 200, dtype=np.int64)[:, None]
_SHARE_OF_REFERRER = 20  # of a first purchase, in tokens for each dollar


def item_of(order_ids: Keys) -> Ints:
    """What an order is about; carts and purchases of one person need not be about the same thing."""
    return (uniforms(mixed(order_ids, 177), 1) * SHOP_ITEMS).astype(np.int64)


class Shopping:
    def __init__(self, roster: Roster, *, device_key: int) -> None:
        self._roster = roster
        self._device_key = device_key

    def carts(self, carts: Orders) -> Arrived:
        visits, luck = self._visits(carts)
        item = item_of(carts["id"])
        looked = _before(visits.at, 30 + (luck[0] * 370).astype(np.int64))
        goes_on = luck[1] < 0.45
        order, cents = carts["id"], carts["cents"]
        later = visits.at + 60 + (luck[2] * 200).astype(np.int64)
        looking = Visits(visits.key, looked, visits.person, visits.anonymous, self._roster.known(visits.person, looked))
        return Arrived(
            [
                facts_of(f.PRODUCT_VIEW, looking, at=looked, subject=item, nth=5),
                facts_of(f.ADD_TO_CART, visits, at=visits.at, subject=item, amount=cents, order=order),
                facts_of(
                    f.CHECKOUT_START, visits, rows=goes_on, at=later, subject=item, amount=cents, order=order, nth=1
                ),
            ],
            [touches_of(looking, source=drawn(READERS, luck[3]), rows=luck[4] < 0.4, at=looked)],
        )

    def purchases(self, purchases: Orders) -> Arrived:
        visits, luck = self._visits(purchases)
        item, order, cents = item_of(purchases["id"]), purchases["id"], purchases["cents"]
        began = _before(visits.at, 20 + (luck[0] * 280).astype(np.int64))
        referrer = self._roster.referrer(visits.person)
        earns = (referrer != NOBODY) & (purchases["number"] == 1)
        inviting = Visits(
            mixed(visits.key, 178), visits.at, np.where(earns, referrer, 0), np.zeros_like(visits.anonymous), earns
        )
        arriving = Visits(visits.key, began, visits.person, visits.anonymous, visits.known)
        return Arrived(
            [
                facts_of(f.CHECKOUT_START, arriving, at=began, subject=item, amount=cents, order=order, nth=2),
                facts_of(
                    f.PURCHASE, visits, at=visits.at, subject=item, amount=cents, order=order,
                    detail=purchases["number"],
                ),
                facts_of(
                    f.REFERRAL_EARNING, inviting, rows=earns, at=visits.at + 5, subject=visits.person, order=order,
                    amount=np.maximum(1, cents // 100 * _SHARE_OF_REFERRER // 100),
                ),
            ],
            [touches_of(arriving, source=drawn(READERS, luck[3]), rows=luck[4] < 0.5)],
        )  # fmt: skip

    def _visits(self, orders: Orders) -> tuple[Visits, np.ndarray]:
        key = mixed(orders["id"], 179)
        visits = visits_of(key, orders["instant"], orders["person"], roster=self._roster, device_key=self._device_key)
        return visits, uniforms(key[None, :], _STREAMS)


def _before(at: Ints, seconds: Ints) -> Ints:
    return np.maximum(at - seconds, at // HALF_HOUR * HALF_HOUR)
