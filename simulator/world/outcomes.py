"""What people do after seeing an ad, or without any: clicks, and the orders that follow hours, days or weeks later.

Only causes are decided here. Who claims an order is decided in `simulator.world.attention`, what is reported when in
`simulator.world.restatement`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from simulator.world.columns import Columns
from simulator.world.delivery import Delivered
from simulator.world.luck import Floats, Ints, Keys, counts, mixed, normals, uniforms
from simulator.world.markets import MARKET_TRAITS, MARKETS, THEME_TRAITS, USUAL_THEME
from simulator.world.orders import ADD_TO_CART, ORDER, ORGANIC, PURCHASE, SIGN_UP, Orders
from simulator.world.people import SPEND_SPREAD, People

_VALUE_SPREAD = 0.55  # of the logarithm of an order's value, beside what the person adds
_REPEATS = 3
_REPEAT_GAP = 24 * 86_400.0
_PRICE_LEVELS = np.array([MARKET_TRAITS[market].price_level for market in MARKETS])
_STREAMS: Ints = np.arange(4, 9, dtype=np.int64)[:, None]
_DAY_MOOD = 0.15  # how much a day's willingness to sign up varies


@dataclass(frozen=True)
class _Journeys:
    """People on their way from a sign-up to a purchase; one row each."""

    key: Keys
    cell: Ints
    market: Ints
    click_at: Ints
    sign_up_at: Ints
    cart_share: Floats
    purchase_share: Floats
    order_value: Floats  # median, US dollars
    delay: Floats  # median seconds from cart to purchase
    delay_spread: Floats


class Outcomes:
    def __init__(self, people: People, *, seed_key: int, organic_orders_per_day: float) -> None:
        self._people = people
        self._key = np.uint64(seed_key)
        usual = THEME_TRAITS[USUAL_THEME]
        self._organic_sign_ups = organic_orders_per_day / (usual.cart_share * usual.purchase_share)
        self.cells = Columns(
            key=np.uint64, market=np.int64, sign_up_rate=float, cart_share=float, purchase_share=float,
            order_value=float, delay=float, delay_spread=float,
        )  # fmt: skip

    def mean_over_median(self) -> float:
        """Of an order's value: both the person and the occasion spread it log-normally."""
        return float(np.exp((_VALUE_SPREAD**2 + SPEND_SPREAD**2) / 2.0))

    def clicks(self, delivered: Delivered) -> Ints:
        starts = _starts(delivered)
        wanted = counts(delivered.impressions * delivered.click_rate, uniforms(self.cells["key"][None, :], starts, 21))
        return np.minimum(wanted, delivered.impressions)

    def from_clicks(self, delivered: Delivered, clicks: Ints, *, zones: Ints) -> Orders:
        """The orders that these clicks cause, most of them still to come."""
        cells, starts = self.cells, _starts(delivered)
        days = delivered.rhythm.day[:, zones]
        mood = np.exp(_DAY_MOOD * normals(cells["key"][None, :], days, 22))
        wanted = counts(clicks * cells["sign_up_rate"] * mood, uniforms(cells["key"][None, :], starts, 23))
        row, cell, nth = _one_by_one(np.minimum(wanted, clicks))
        if not row.size:
            return np.zeros(0, dtype=ORDER)
        key = mixed(cells["key"][cell], starts[row, 0], nth, 24)
        luck = uniforms(key[None, :], np.arange(1, 4)[:, None])
        click_at = starts[row, 0] + (luck[0] * _lengths(delivered)[row]).astype(np.int64)
        wait = -np.log(luck[2]) * np.where(luck[1] < 0.7, 600.0, 72_000.0)
        return self._orders(
            _Journeys(
                key=key, cell=cell, market=cells["market"][cell], click_at=click_at,
                sign_up_at=click_at + wait.astype(np.int64),
                cart_share=cells["cart_share"][cell], purchase_share=cells["purchase_share"][cell],
                order_value=cells["order_value"][cell], delay=cells["delay"][cell],
                delay_spread=cells["delay_spread"][cell],
            )
        )  # fmt: skip

    def organic(self, delivered: Delivered, *, market_zones: Sequence[int]) -> Orders:
        """The orders of people whom no ad brought."""
        usual, starts = THEME_TRAITS[USUAL_THEME], _starts(delivered)
        markets = np.arange(len(MARKETS))
        key = mixed(self._key, markets, 25)[None, :]
        means = self._organic_sign_ups * delivered.rhythm.volume[:, list(market_zones)]
        row, market, nth = _one_by_one(counts(means, uniforms(key, starts, 26)))
        if not row.size:
            return np.zeros(0, dtype=ORDER)
        own = mixed(key[0, market], starts[row, 0], nth, 27)
        at = starts[row, 0] + (uniforms(own, 1) * _lengths(delivered)[row]).astype(np.int64)
        return self._orders(
            _Journeys(
                key=own, cell=np.full(row.size, ORGANIC), market=market, click_at=np.zeros(row.size, dtype=np.int64),
                sign_up_at=at, cart_share=np.full(row.size, usual.cart_share),
                purchase_share=np.full(row.size, usual.purchase_share),
                order_value=np.full(row.size, usual.order_value), delay=np.full(row.size, 36_000.0),
                delay_spread=np.full(row.size, 1.4),
            )
        )  # fmt: skip

    def _orders(self, go: _Journeys) -> Orders:
        key = go.key
        luck = uniforms(key[None, :], _STREAMS)
        person = self._people.picked(go.market, luck[0])
        cart_at = go.sign_up_at + (-np.log(luck[1]) * 7_200.0).astype(np.int64)
        has_cart = luck[2] < go.cart_share
        buys = has_cart & (luck[3] < go.purchase_share)
        bought_at = cart_at + (go.delay * np.exp(go.delay_spread * ndtri(luck[4]))).astype(np.int64)
        everyone = np.ones(key.size, dtype=bool)
        parts = [
            self._part(go, person, everyone, SIGN_UP, go.sign_up_at, number=0),
            self._part(go, person, has_cart, ADD_TO_CART, cart_at, number=0),
            self._part(go, person, buys, PURCHASE, bought_at, number=1),
        ]
        loyalty = self._people.loyalty(person)
        for repeat in range(1, _REPEATS + 1):
            buys = buys & (uniforms(key, 8 + repeat, 1) < loyalty)
            bought_at = bought_at + (-np.log(uniforms(key, 8 + repeat, 2)) * _REPEAT_GAP).astype(np.int64)
            parts.append(self._part(go, person, buys, PURCHASE, bought_at, number=1 + repeat))
        return np.concatenate(parts)

    def _part(self, go: _Journeys, person: Ints, who: np.ndarray, kind: int, at: Ints, *, number: int) -> Orders:
        rows = np.flatnonzero(who)
        made = np.zeros(rows.size, dtype=ORDER)
        made["id"] = mixed(go.key[rows], kind, number, 9)
        made["instant"], made["kind"], made["person"] = at[rows], kind, person[rows]
        made["cell"], made["click_at"], made["market"] = go.cell[rows], go.click_at[rows], go.market[rows]
        made["number"] = number
        if kind != SIGN_UP and rows.size:
            spread = self._people.spend_level(person[rows]) + _VALUE_SPREAD * normals(go.key[rows], number, 10)
            usd = go.order_value[rows] * _PRICE_LEVELS[go.market[rows]] * np.exp(spread)
            made["cents"] = np.maximum(np.rint(usd * 100.0), 99).astype(np.int64)
        return made


def _starts(delivered: Delivered) -> Ints:
    return np.array([segment.start for segment in delivered.stretch], dtype=np.int64)[:, None]


def _lengths(delivered: Delivered) -> Ints:
    return np.array([segment.end - segment.start for segment in delivered.stretch], dtype=np.int64)


def _one_by_one(amounts: Ints) -> tuple[Ints, Ints, Ints]:
    """Row, column and running number of each single thing that a table of amounts counts."""
    row, column = np.nonzero(amounts)
    times = amounts[row, column]
    nth = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    return np.repeat(row, times), np.repeat(column, times), nth
