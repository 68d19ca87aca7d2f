"""Visits that begin outside: clicks on ads, and people whom search, friends or chance bring. Most look and leave."""

from dataclasses import dataclass

import numpy as np

from simulator.world.clicks import Clicks, clicking_person_luck
from simulator.world.economy import Economy
from simulator.world.lives import facts as f
from simulator.world.lives.content import SHOP_ITEMS, articles_read
from simulator.world.lives.devices import anonymous_ids, luck_of_visit
from simulator.world.lives.facts import Facts, Touches, Visits, facts_of, touches_of
from simulator.world.lives.hours import instants_of_day
from simulator.world.lives.roster import Roster
from simulator.world.lives.sources import AD, NEWCOMERS, drawn
from simulator.world.luck import Floats, Ints, Keys, counts, mixed, uniforms
from simulator.world.markets import MARKETS, PLATFORM_TRAITS, THEME_TRAITS, USUAL_THEME

ORDINAL_OF_EPOCH = 719_163  # 1 January 1970
_LOOKERS = 1.4  # visits without an ad and without a sign-up, for each sign-up without an ad
_STREAMS: Ints = np.arange(170, 180, dtype=np.int64)[:, None]


@dataclass(frozen=True)
class Arrived:
    facts: list[Facts]
    touches: list[Touches]


def visits_of(key: Keys, at: Ints, person: Ints, *, roster: Roster, device_key: int) -> Visits:
    luck = luck_of_visit(person, at)
    anonymous = anonymous_ids(device_key, person, luck=luck, day=at // 86_400)
    return Visits(key, at, person, anonymous, roster.known(person, at))


class Arrivals:
    def __init__(self, economy: Economy, roster: Roster, *, device_key: int, organic_orders_per_day: float) -> None:
        self._economy = economy
        self._roster = roster
        self._device_key = device_key
        usual = THEME_TRAITS[USUAL_THEME]
        self._lookers = _LOOKERS * organic_orders_per_day / (usual.cart_share * usual.purchase_share)

    def from_ads(self, since: int, until: int) -> Arrived:
        clicks = self._economy.clicks.between(since, until, cell_keys=self._economy.delivery.cells["key"])
        if not clicks.size:
            return Arrived([], [])
        clicks = self._landed(clicks)
        market = self._economy.outcomes.cells["market"][clicks.cell]
        person = self._economy.people.picked(market, clicking_person_luck(clicks.key))
        visits = visits_of(mixed(clicks.key, 170), clicks.at, person, roster=self._roster, device_key=self._device_key)
        touches = touches_of(visits, source=AD, cell=clicks.cell)
        shop_share = np.where(self._economy.outcomes.cells["cart_share"][clicks.cell] > 0.6, 0.7, 0.1)
        return Arrived(_looks(visits, shop_share=shop_share, stays=~clicks.signs_up), [touches])

    def _landed(self, clicks: Clicks) -> Clicks:
        """Not every click is on the link, and not every page is waited for."""
        share = np.array(
            [
                PLATFORM_TRAITS[self._economy.book_of_cell(cell)[0].account.party].link_share
                for cell in range(self._economy.delivery.cells.size)
            ]
        )
        lands = clicks.signs_up | (uniforms(clicks.key, 171) < share[clicks.cell])
        return Clicks(clicks.key[lands], clicks.cell[lands], clicks.at[lands], clicks.signs_up[lands])

    def by_themselves(self, day: int) -> Arrived:
        """`day`: an ordinal, UTC. Those who stay for a sign-up come with it and are not counted here."""
        markets = np.arange(len(MARKETS))
        own = mixed(np.uint64(self._device_key), markets, day, 172)
        wanted = counts(np.full(len(MARKETS), self._lookers), uniforms(own, 1))
        market = np.repeat(markets, wanted)
        nth = np.arange(market.size) - np.repeat(np.cumsum(wanted) - wanted, wanted)
        key = mixed(own[market], nth, 173)
        at = instants_of_day(day, market, uniforms(key, 1))
        person = self._economy.people.picked(market, uniforms(key, 2))
        visits = visits_of(key, at, person, roster=self._roster, device_key=self._device_key)
        touches = touches_of(visits, source=drawn(NEWCOMERS, uniforms(key, 3)))
        return Arrived(_looks(visits, shop_share=np.full(key.size, 0.15), stays=np.ones(key.size, bool)), [touches])


def _looks(visits: Visits, *, shop_share: Floats, stays: np.ndarray) -> list[Facts]:
    """A page or none. Who signs up is told with the sign-up, so that nothing is told twice."""
    luck = uniforms(visits.key[None, :], _STREAMS)
    article = articles_read(visits.at, (luck[0] * 6).astype(np.int64), luck[1], luck[2])
    looks = stays & (luck[3] < 0.5)
    shop = looks & (luck[4] < shop_share)
    reads = looks & ~shop
    item = (luck[5] * SHOP_ITEMS).astype(np.int64)
    seconds = 40 + (luck[6] * 200).astype(np.int64)
    done = reads & (luck[7] < 0.25)
    return [
        facts_of(f.PRODUCT_VIEW, visits, rows=shop, at=visits.at + 5, subject=item),
        facts_of(f.ARTICLE_VIEW, visits, rows=reads, at=visits.at + 3, subject=article),
        facts_of(f.ARTICLE_READ, visits, rows=done, at=visits.at + 3 + seconds, subject=article, amount=seconds),
    ]
