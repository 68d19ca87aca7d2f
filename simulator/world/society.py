"""What the practice world's people do beyond the ads: their lives in the product and what they pay for.

One window on `simulator.world.lives` for every door and for the product's own stream, with instants as dates and the
world's lock held. Nothing is worked out before somebody asks, and asking changes nothing.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import RLock

import numpy as np

from simulator.world.calendar import moment, unix
from simulator.world.economy import Economy
from simulator.world.lives import identity
from simulator.world.lives.billing import Happened
from simulator.world.lives.commerce import Commerce
from simulator.world.lives.facts import Facts, Touches
from simulator.world.lives.lives import Lives
from simulator.world.lives.till import Till
from simulator.world.orders import PURCHASE, Orders
from simulator.world.people import People


@dataclass(frozen=True, kw_only=True)
class OrderRefund:
    """Some or all of an order's money has gone back."""

    at: datetime
    order: int
    minor: int  # by then
    of_minor: int


class Society:
    def __init__(
        self,
        economy: Economy,
        *,
        seed: int,
        opened: datetime,
        organic_orders_per_day: float,
        known_until: Callable[[], int],
        now: Callable[[], datetime],
        lock: RLock,
    ) -> None:
        self.seed = seed
        self.lock = lock
        self.now = now
        self._economy = economy
        self._known_until = known_until
        self._lives = Lives(economy, seed=seed, organic_orders_per_day=organic_orders_per_day)
        self._lives.open(unix(opened))
        self._commerce = Commerce(economy.orders, economy.people, seed=seed)

    @property
    def people(self) -> People:
        return self._economy.people

    @property
    def economy(self) -> Economy:
        return self._economy

    def known_until(self) -> datetime:
        """A whole half-hour; what happened before it never changes any more."""
        return moment(self._known_until())

    # The product.

    def facts(self, since: datetime, until: datetime) -> Facts:
        """What people did in a half-open stretch of time, as far as it has happened, in order."""
        with self.lock:
            return self._lives.facts(unix(since), unix(until), known_until=self._known_until())

    def touches(self, since: datetime, until: datetime) -> Touches:
        with self.lock:
            return self._lives.touches(unix(since), unix(until), known_until=self._known_until())

    def answered_link(self, number: int) -> str:
        """The link behind a visit that a message brought."""
        return self._lives.answered.link(number)

    def signed_up(self, since: datetime, until: datetime) -> list[tuple[int, datetime]]:
        """Who signed up in a half-open stretch of time, in order."""
        with self.lock:
            self._lives.roster.catch_up(self._known_until())
            people, instants = self._lives.roster.signed_up_between(unix(since), min(unix(until), self._known_until()))
            return [(person, moment(at)) for person, at in zip(people.tolist(), instants.tolist(), strict=True)]

    def has_signed_up(self, person: int) -> bool:
        with self.lock:
            self._lives.roster.catch_up(self._known_until())
            return bool(self._lives.roster.signed_up_at[person] < self._known_until())

    def purchases(self, since: datetime, until: datetime) -> Orders:
        with self.lock:
            found = self._economy.orders.between(unix(since), min(unix(until), self._known_until()))
            return found[found["kind"] == PURCHASE]

    def order(self, number: int) -> np.void:
        """A purchase that has been paid, by its number."""
        payment = self.commerce().till.payments[self.commerce().payment_of(number)]
        paid_at = moment(payment.paid_at or payment.created_at)
        found = self.purchases(paid_at, paid_at + timedelta(seconds=1))
        return next(row for row in found if int(row["id"]) == number)

    def email(self, person: int) -> str:
        return identity.email(person)

    def full_name(self, person: int) -> str:
        return identity.full_name(self.seed, person)

    def referral_code(self, person: int) -> str:
        return identity.referral_code(person)

    # Commerce.

    @property
    def till(self) -> Till:
        """Its books, as far as they have been worked out; `commerce` brings them up to now."""
        return self._commerce.till

    def commerce(self) -> Commerce:
        """As it stands now."""
        with self.lock:
            self._commerce.catch_up(self._known_until())
            return self._commerce

    def order_refunds(self, since: datetime, until: datetime) -> Sequence[OrderRefund]:
        with self.lock:
            made = self.commerce().order_refunds()
            first = bisect_left(made, unix(since), key=lambda each: each[0])
            last = bisect_left(made, min(unix(until), self._known_until()), key=lambda each: each[0])
            return [
                OrderRefund(at=moment(at), order=payment.order or 0, minor=minor, of_minor=payment.minor)
                for at, payment, minor in made[first:last]
            ]

    def listen(self, listener: Callable[[Happened], None]) -> None:
        """From now on, everything a payment provider would tell; what has happened so far is not repeated."""
        self.commerce().till.listeners.append(listener)

    # Messages.

    def comes_back(self, *, person: int, at: datetime, link: str) -> None:
        """Somebody follows a link in a message, at an instant to come."""
        with self.lock:
            self._lives.answer(person=person, at=max(unix(at), self._known_until()), link=link)

    def is_reminded(self, *, person: int, at: datetime, chance: float) -> bool:
        """Somebody reads that their payment failed, at an instant to come; whether they mend it then."""
        with self.lock:
            return self.commerce().reminded(person, at=max(unix(at), self._known_until()), chance=chance)
