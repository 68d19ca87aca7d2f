"""The auctions: who is shown how often, at what price, half-hour by half-hour.

An ad group buys impressions on a concave curve (each further dollar buys less), its ads share them by how well they do,
people tire of what they have seen often. What the people shown an ad then do is decided in `simulator.world.outcomes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.world.budgets import Budgets
from simulator.world.calendar import Rhythm, Segment
from simulator.world.columns import Columns
from simulator.world.luck import Floats, Ints, normals, uniforms
from simulator.world.markets import PlatformTraits

MICROS = 1_000_000
_MOST_OF_INVENTORY = 6.0  # no ad group can spend more than so many times its saturation scale
_FORGETTING = 21 * 86_400.0  # seconds after which people have mostly forgotten an ad
_WORN_OUT = 0.3  # of its click rate, what an ad keeps however often it is seen
_EAGERNESS = 1.2  # how strongly delivery leans to the ads with the higher click rate
_NOISE = 0.18  # of delivery from half-hour to half-hour


@dataclass(frozen=True)
class Delivered:
    """What a stretch of time brought. Rows are segments, columns cells (an ad in one placement)."""

    stretch: Sequence[Segment]
    rhythm: Rhythm
    impressions: Ints
    spend: Ints  # millionths of the account's currency unit
    click_rate: Floats


@dataclass(frozen=True, kw_only=True)
class GroupTraits:
    """An ad group's response curve. `saturation` is the daily spend at which a further unit buys half as much."""

    saturation: float
    thousand_cost: float
    audience: float


@dataclass(frozen=True, kw_only=True)
class CellTraits:
    key: int
    slice_share: float
    click_rate: float
    wear: float  # how many times an average member of the audience sees an ad until it has lost most of its pull


class Delivery:
    def __init__(self, *, seed_key: int) -> None:
        self._key = seed_key
        self.campaigns = Budgets(seed_key=seed_key)
        self.groups = Budgets(seed_key=seed_key)
        self.group_traits = Columns(campaign=np.int64, key=np.uint64, saturation=float, cost=float, audience=float)
        self.cells = Columns(
            key=np.uint64, group=np.int64, share=float, click_rate=float, wear=float, seen=float, active=bool
        )

    def add_campaign(self, *, key: int, zone: int, traits: PlatformTraits) -> int:
        return self.campaigns.add(key=key, zone=zone, traits=traits)

    def add_group(self, *, key: int, zone: int, traits: PlatformTraits, campaign: int, curve: GroupTraits) -> int:
        self.group_traits.append(
            campaign=campaign, key=key, saturation=curve.saturation, cost=curve.thousand_cost, audience=curve.audience
        )
        return self.groups.add(key=key, zone=zone, traits=traits)

    def add_cell(self, *, group: int, traits: CellTraits) -> int:
        return self.cells.append(
            key=traits.key, group=group, share=traits.slice_share, click_rate=traits.click_rate, wear=traits.wear,
            seen=0.0, active=False,
        )  # fmt: skip

    def run(self, stretch: Sequence[Segment], rhythm: Rhythm) -> Delivered:
        shape = (len(stretch), self.cells.size)
        impressions, spend = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        click_rate = np.zeros(shape)
        starts = np.array([segment.start for segment in stretch], dtype=np.int64)[:, None]
        rounding = uniforms(self.cells["key"][None, :], starts, 11)
        mood = np.exp(_NOISE * normals(self.group_traits["key"][None, :], starts, 12))
        for row, segment in enumerate(stretch):
            self.campaigns.open_days(rhythm.day[row])
            self.groups.open_days(rhythm.day[row])
            rates = self._click_rates(segment.end - segment.start)
            shown, paid = self._auction(row, rhythm, mood[row], rounding[row], rates)
            impressions[row], spend[row], click_rate[row] = shown, paid, rates
        return Delivered(stretch, rhythm, impressions, spend, click_rate)

    def pull_now(self) -> tuple[Floats, Floats]:
        """Each cell's click rate, worn as it is, and its claim to its ad group's impressions (0: not running)."""
        rates = self._click_rates(0)
        return rates, self._pull(rates)

    def _pull(self, rates: Floats) -> Floats:
        return np.where(self.cells["active"], self.cells["share"] * rates**_EAGERNESS, 0.0)

    def _click_rates(self, seconds: int) -> Floats:
        """What fatigue has left of each ad's pull; some of what was seen is forgotten meanwhile."""
        cells = self.cells
        cells["seen"][:] *= np.exp(-seconds / _FORGETTING)
        frequency = cells["seen"] / (self.group_traits["audience"][cells["group"]] * cells["share"])
        return cells["click_rate"] * (_WORN_OUT + (1.0 - _WORN_OUT) * np.exp(-frequency / cells["wear"]))

    def _auction(self, row: int, rhythm: Rhythm, mood: Floats, rounding: Floats, rates: Floats) -> tuple[Ints, Ints]:
        cells, traits, zone = self.cells, self.group_traits, self.groups.table["zone"]
        of_group, of_campaign = cells["group"], traits["campaign"]

        pull = self._pull(rates)
        group_pull = np.bincount(of_group, weights=pull, minlength=traits.size)
        running = group_pull > 0.0

        spendable = traits["saturation"] * rhythm.volume[row][zone]
        wanted = self._wanted(running, pace=rhythm.pace[row][zone], mood=mood, most=spendable * _MOST_OF_INVENTORY)
        cost = traits["cost"] * rhythm.price[row][zone]
        bought = 1000.0 * spendable / cost * np.log1p(wanted / np.maximum(spendable, 1e-12))

        part = pull / np.where(running, group_pull, 1.0)[of_group]
        shown = np.floor(bought[of_group] * part + rounding).astype(np.int64)
        each = np.where(bought > 0.0, wanted / np.maximum(bought, 1e-12), 0.0)
        paid = np.rint(each[of_group] * shown * MICROS).astype(np.int64)
        shown[each[of_group] == 0.0] = 0

        spent = np.bincount(of_group, weights=paid / MICROS, minlength=traits.size)
        self.groups.spend(spent)
        self.campaigns.spend(np.bincount(of_campaign, weights=spent, minlength=self.campaigns.table.size))
        cells["seen"][:] += shown
        return shown, paid

    def _wanted(self, running: NDArray[np.bool_], *, pace: Floats, mood: Floats, most: Floats) -> Floats:
        """What each ad group spends now: its own budget's pace, or its part of its campaign's, within all limits."""
        traits, of_campaign = self.group_traits, self.group_traits["campaign"]
        campaigns = self.campaigns.table.size
        room, campaign_room = self.groups.room(), self.campaigns.room()
        own = np.isfinite(room)
        weight = np.where(running & ~own, traits["saturation"] / traits["cost"], 0.0)
        total = np.bincount(of_campaign, weights=weight, minlength=campaigns)
        shared = np.where(np.isfinite(campaign_room), campaign_room, 0.0)[of_campaign]
        aim = np.where(own, np.where(own, room, 0.0), shared * weight / np.maximum(total[of_campaign], 1e-12))
        wanted = np.where(running, np.minimum(np.minimum(aim * pace * mood, most), room), 0.0)
        asked = np.bincount(of_campaign, weights=wanted, minlength=campaigns)
        squeeze = np.where(asked > campaign_room, campaign_room / np.maximum(asked, 1e-12), 1.0)
        return wanted * squeeze[of_campaign]
