"""What people do in the product, as rows of numbers: facts (one thing done) and touches (one arrival).

The vocabulary is fixed here; which facts a life holds is decided by the other modules of this folder, how they read as
JSON by `simulator.product.wording`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.world.columns import record
from simulator.world.luck import Ints, Keys, mixed

EVENT_TYPES = (
    "signup",
    "login",
    "phone_verified",
    "article_view",
    "article_read_complete",
    "article_share",
    "hub_follow",
    "hub_unfollow",
    "hub_post",
    "product_view",
    "product_add_to_cart",
    "checkout_start",
    "purchase_complete",
    "game_played",
    "token_earned",
    "session_end",
    "price_move",
    "referral_share",
    "referral_click",
    "referral_signup",
    "referral_earning",
)
(
    SIGNUP,
    LOGIN,
    PHONE_VERIFIED,
    ARTICLE_VIEW,
    ARTICLE_READ,
    ARTICLE_SHARE,
    HUB_FOLLOW,
    HUB_UNFOLLOW,
    HUB_POST,
    PRODUCT_VIEW,
    ADD_TO_CART,
    CHECKOUT_START,
    PURCHASE,
    GAME_PLAYED,
    TOKEN_EARNED,
    SESSION_END,
    PRICE_MOVE,
    REFERRAL_SHARE,
    REFERRAL_CLICK,
    REFERRAL_SIGNUP,
    REFERRAL_EARNING,
) = range(len(EVENT_TYPES))

NOBODY = -1
FACT = record(
    key=np.uint64, instant=np.int64, kind=np.int64, person=np.int64, anonymous=np.uint64, known=np.bool_,
    session=np.uint64, subject=np.int64, amount=np.int64, detail=np.int64, order=np.uint64,
)  # fmt: skip
TOUCH = record(
    key=np.uint64, instant=np.int64, person=np.int64, anonymous=np.uint64, known=np.bool_, source=np.int64,
    cell=np.int64, referrer=np.int64, subject=np.int64,
)  # fmt: skip
Facts = NDArray[np.void]
Touches = NDArray[np.void]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Visits:
    """People who are there: who, since when, on which device, and whether they are logged in. One row each."""

    key: Keys
    at: Ints
    person: Ints
    anonymous: Keys
    known: Mask

    @property
    def size(self) -> int:
        return self.key.size

    def chosen(self, rows: Mask) -> "Visits":
        return Visits(self.key[rows], self.at[rows], self.person[rows], self.anonymous[rows], self.known[rows])


def facts_of(
    kind: int,
    visits: Visits,
    *,
    at: Ints,
    rows: Mask | None = None,
    nth: int = 0,
    subject: Ints | int = 0,
    amount: Ints | int = 0,
    detail: Ints | int = 0,
    order: Keys | int = 0,
) -> Facts:
    """One fact of a kind for each chosen visit. `nth` tells facts of one kind in one visit apart."""
    chosen = np.flatnonzero(np.ones(visits.size, dtype=bool) if rows is None else rows)
    made = np.zeros(chosen.size, dtype=FACT)
    made["key"] = mixed(visits.key[chosen], kind, nth, 90)
    made["kind"], made["instant"] = kind, at[chosen]
    made["person"], made["anonymous"] = visits.person[chosen], visits.anonymous[chosen]
    made["known"], made["session"] = visits.known[chosen], visits.key[chosen]
    for name, value in (("subject", subject), ("amount", amount), ("detail", detail), ("order", order)):
        made[name] = value[chosen] if isinstance(value, np.ndarray) else value
    return made


def touches_of(
    visits: Visits,
    *,
    source: Ints | int,
    rows: Mask | None = None,
    at: Ints | None = None,
    cell: Ints | int = NOBODY,
    referrer: Ints | int = NOBODY,
    subject: Ints | int = 0,
) -> Touches:
    chosen = np.flatnonzero(np.ones(visits.size, dtype=bool) if rows is None else rows)
    made = np.zeros(chosen.size, dtype=TOUCH)
    made["key"] = mixed(visits.key[chosen], 91)
    made["instant"] = (visits.at if at is None else at)[chosen]
    made["person"], made["anonymous"], made["known"] = (
        visits.person[chosen],
        visits.anonymous[chosen],
        visits.known[chosen],
    )
    for name, value in (("source", source), ("cell", cell), ("referrer", referrer), ("subject", subject)):
        made[name] = value[chosen] if isinstance(value, np.ndarray) else value
    return made


def joined(parts: Sequence[NDArray[np.void]], kind: np.dtype) -> NDArray[np.void]:
    """One table of many, which need not hold a row; rows are copied once, whatever numpy would promote."""
    made = np.empty(sum(part.size for part in parts), dtype=kind)
    row = 0
    for part in parts:
        made[row : row + part.size] = part
        row += part.size
    return made


def in_order(table: NDArray[np.void]) -> NDArray[np.void]:
    return table[np.lexsort((table["key"], table["instant"]))]


def from_to(table: NDArray[np.void], since: int, until: int) -> NDArray[np.void]:
    """A half-open stretch of a table that is in order."""
    first, last = np.searchsorted(table["instant"], [since, until])
    return table[first:last]
