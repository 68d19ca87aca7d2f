"""The luck of commerce: who subscribes, whose card is declined, who leaves, who asks for the money back.

Every draw is a function of the seed and of what it decides, so a payment that somebody retried earlier or later meets
the same luck at the same attempt.
"""

from simulator.world.lives.billing import Membership, Payment
from simulator.world.luck import uniform

DAY = 86_400
RETRIES_AFTER = (1, 3, 5, 7)  # days after the first refusal
GIVES_UP_AFTER = 10
_DECLINES = (
    ("insufficient_funds", 0.42, "Your card has insufficient funds."),
    ("expired_card", 0.2, "Your card has expired."),
    ("generic_decline", 0.2, "Your card was declined."),
    ("authentication_required", 0.1, "Your bank asks for authentication."),
    ("card_velocity_exceeded", 0.08, "Your card has reached its limit."),
)
_OPTIONS = ("too_expensive", "unused", "missing_features", "switching", "technical_issues", "bad_experience", "other")
_DISPUTES = ("fraudulent", "unrecognized", "product_not_received", "subscription_canceled", "product_unacceptable")
_COMPLAINTS = ("requested_by_customer", "requested_by_customer", "duplicate")


class Fate:
    def __init__(self, seed: int) -> None:
        self._seed = seed

    def _luck(self, *parts: int | str) -> float:
        return uniform(self._seed, "commerce", *parts)

    # Orders.

    def joins(self, order: int, *, number: int) -> bool:
        """Whether a first purchase is a membership rather than something from the shop."""
        return number == 1 and self._luck("joins", order) < 0.35

    def with_trial(self, order: int) -> bool:
        return self._luck("trial", order) < 0.2

    def first_refused(self, order: int) -> int | None:
        """How many seconds before it went through the card was refused once; None mostly."""
        if self._luck("first refused", order) >= 0.06:
            return None
        return 60 + int(540 * self._luck("first refused before", order))

    # Charges.

    def goes_through(self, payment: Payment) -> bool:
        """Whether the next charge succeeds: renewals mostly, retries every third time."""
        chance = 0.9 if payment.attempts == 0 else 0.32
        return self._luck("charge", payment.id, payment.attempts) < chance

    def decline(self, payment: Payment) -> str:
        luck = self._luck("decline", payment.id)  # a card keeps its trouble
        for code, share, _ in _DECLINES:
            if luck < share:
                return code
            luck -= share
        return _DECLINES[0][0]

    # Afterwards.

    def complains(self, payment: Payment) -> tuple[int, int, str] | None:
        """Seconds until the money is asked back, how much of it in percent, and why."""
        if self._luck("complains", payment.id) >= (0.04 if payment.order is not None else 0.015):
            return None
        delay = int((0.5 + 13 * self._luck("complains after", payment.id)) * DAY)
        whole = self._luck("complains whole", payment.id) < 0.75
        percent = 100 if whole else 25 + int(40 * self._luck("complains part", payment.id))
        return delay, percent, _COMPLAINTS[int(3 * self._luck("complaint", payment.id))]

    def disputes(self, payment: Payment) -> tuple[int, str] | None:
        """Seconds until the bank calls, and on what grounds."""
        if self._luck("disputes", payment.id) >= 0.008:
            return None
        return int((6 + 30 * self._luck("disputes after", payment.id)) * DAY), _DISPUTES[
            int(len(_DISPUTES) * self._luck("grounds", payment.id))
        ]

    def is_warned(self, payment: Payment) -> bool:
        """Whether the issuer warns of the dispute, so that the money is returned before it is opened."""
        return self._luck("warned", payment.id) < 0.2

    def dispute_lost(self, payment: Payment) -> bool:
        return self._luck("dispute lost", payment.id) < 0.6

    def leaves(self, membership: Membership, *, loyalty: float) -> tuple[float, str] | None:
        """In this period, if at all: how far into it the member cancels, and the reason they pick."""
        chance = 0.05 + 0.16 * (1.0 - loyalty) + (0.2 if membership.status == "trialing" else 0.0)
        if self._luck("leaves", membership.id, membership.period) >= chance:
            return None
        option = _OPTIONS[int(len(_OPTIONS) * self._luck("option", membership.id))]
        return 0.1 + 0.85 * self._luck("leaves at", membership.id, membership.period), option

    def mends_card(self, payment: Payment, *, chance: float, reminder: int) -> bool:
        """Whether a reminder brings somebody to repair a refused payment."""
        return self._luck("mends", payment.id, reminder) < chance


def failure_message(code: str) -> str:
    return next(message for known, _, message in _DECLINES if known == code)
