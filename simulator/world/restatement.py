"""How a platform's numbers for a past day change while it ripens: a pure function of what happened and of now.

Clicks and impressions are corrected within three days, some traffic is found invalid and its cost credited within a
fortnight (whole rows may vanish), claims become known as orders happen. After that a day never changes again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.world.attention import DAY, Claims
from simulator.world.luck import Floats, Ints, Keys, uniforms
from simulator.world.markets import PlatformTraits
from simulator.world.orders import KINDS

CLICK_WINDOWS = (1, 7, 28)
_CORRECTED_CHANCE = 0.35
_INVALID_IMPRESSIONS = 0.015
_INVALID_CLICKS = 0.05
_CREDIT = (0.004, 0.06)  # of a day's cost
_LATE_COST_CHANCE = 0.08  # an ad-day whose first estimate was too low
_LATE_COST = 0.012
_LATE_COST_DAYS = (0.2, 2.0)
_VANISH_CHANCE = 0.012
_VANISH_DAYS = (1.5, 12.0)
_STREAMS: Ints = np.arange(61, 69, dtype=np.int64)[:, None]


@dataclass(frozen=True)
class Basics:
    """Per cell: what a day holds, as known at one instant."""

    impressions: Ints
    clicks: Ints
    spend: Ints  # millionths


def basics_known(
    happened: Basics, *, keys: Keys, ad_keys: Keys, day: int, day_end: int, now: int, traits: PlatformTraits, unit: int
) -> Basics:
    """`unit`: the smallest amount the platform reports, in millionths. Of a cell that vanished nothing is left."""
    age = (now - day_end) / DAY
    luck = uniforms(keys[None, :], day, _STREAMS)
    corrected = (luck[0] < _CORRECTED_CHANCE) & (age >= 0.1 + 2.8 * luck[1])
    bad = np.where(corrected, luck[2], 0.0)
    impressions = happened.impressions - np.floor(happened.impressions * bad * _INVALID_IMPRESSIONS).astype(np.int64)
    lost = np.floor(happened.clicks * bad * _INVALID_CLICKS + 0.6 * (bad > 0.0)).astype(np.int64)
    clicks = np.minimum(np.maximum(happened.clicks - lost, 0), impressions)

    credited = (luck[3] < traits.spend_credit_chance) & (age >= _between(traits.spend_credit_days, luck[4]))
    credit = np.where(credited, _between(_CREDIT, luck[5] ** 2), 0.0)
    too_low = (luck[6] < _LATE_COST_CHANCE) & (age < _between(_LATE_COST_DAYS, luck[7]))
    credit = credit + np.where(too_low, _LATE_COST, 0.0)
    spend = np.rint(happened.spend * (1.0 - credit) / unit).astype(np.int64) * unit

    whole = uniforms(ad_keys[None, :], day, _STREAMS[:2])
    gone = (whole[0] < _VANISH_CHANCE) & (age >= _between(_VANISH_DAYS, whole[1]))
    stays = np.where(gone, 0, 1)
    return Basics(impressions=impressions * stays, clicks=clicks * stays, spend=spend * stays)


def _between(bounds: tuple[float, float], luck: Floats) -> Floats:
    return bounds[0] + (bounds[1] - bounds[0]) * luck


@dataclass(frozen=True)
class ClaimTable:
    """Counts and values (minor units) by cell (rows), kind (columns) and window: three click windows, then views."""

    counts: Ints
    values: Ints


def claims_known(claims: Claims, *, columns: Ints, cells: int, now: int, minor_per_cent: float) -> ClaimTable:
    """`columns`: for each claim, the row of its cell among the account's."""
    windows = len(CLICK_WINDOWS) + 1
    shape = (cells, len(KINDS), windows)
    counts, values = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    known = claims["known_at"] <= now
    delay = claims["instant"] - claims["touch_at"]
    minor = np.rint(claims["cents"] * minor_per_cent).astype(np.int64)
    masks: Sequence[np.ndarray] = [
        *(known & ~claims["view"] & (delay <= days * DAY) for days in CLICK_WINDOWS),
        known & claims["view"] & (delay <= DAY),
    ]
    for window, mask in enumerate(masks):
        place = (columns[mask], claims["kind"][mask], window)
        np.add.at(counts, place, 1)
        np.add.at(values, place, minor[mask])
    return ClaimTable(counts=counts, values=values)
