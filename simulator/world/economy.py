"""The ad economy: accounts, what runs in them, and what time brings. It owns every number that "happened".

People's changes come in through `added` and `changed`; `run` lets a stretch of time pass. Reports are read from the
day books by `simulator.world.reports`.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from simulator.world.attention import DAY, Attention, Claimant, Claims, claims_of
from simulator.world.calendar import HALF_HOUR, Segment, local_date, local_day, rhythm, segments
from simulator.world.clicks import ClickLog
from simulator.world.daybooks import DayBooks
from simulator.world.delivery import Delivered, Delivery
from simulator.world.luck import Ints, Keys, key_of
from simulator.world.markets import MARKET_TRAITS, MARKETS, PLATFORM_TRAITS, USUAL_THEME, PlatformTraits
from simulator.world.model import AdAccount, AdObject, Level
from simulator.world.orders import OrderBook
from simulator.world.outcomes import Outcomes
from simulator.world.people import People
from simulator.world.scenario import Scenario
from simulator.world.traits import ad_traits, group_curve

_AT_ONCE = 48  # half-hours simulated in one go; has no influence on any result
_LONGEST_CLAIM = 28 * DAY

Find = Callable[[str, Level, str], AdObject | None]


@dataclass(frozen=True)
class Cell:
    """An ad in one placement."""

    number: int
    ad_id: str
    ad_group_id: str
    campaign_id: str
    slice: str


@dataclass
class Books:
    """One account's side of the economy."""

    account: AdAccount
    number: int
    zone: int
    market: int
    traits: PlatformTraits
    cells: list[Cell] = field(default_factory=list)
    columns: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # the cells' numbers, as an array
    ad_keys: Keys = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))


class Economy:
    def __init__(self, scenario: Scenario, *, seed: int, find: Find) -> None:
        self.seed = seed
        self._find = find
        self._zones: list[str] = [MARKET_TRAITS[market].clock for market in MARKETS]
        self._books: dict[tuple[str, str], Books] = {}
        self._rows: dict[tuple[str, Level, str], int] = {}
        self._children: dict[tuple[str, str], list[AdObject]] = defaultdict(list)
        self._cells_of_ad: dict[tuple[str, str], list[int]] = {}
        self._book_of_cell: list[Books] = []
        self._cell: list[Cell] = []
        self._claimants: list[Claimant] = []
        self.people = People(scenario.people, seed=seed)
        self.delivery = Delivery(seed_key=key_of(seed, "delivery"))
        self.outcomes = Outcomes(
            self.people, seed_key=key_of(seed, "outcomes"), organic_orders_per_day=scenario.organic_orders_per_day
        )
        self.attention = Attention()
        self.orders = OrderBook()
        self.clicks = ClickLog()
        self.days = DayBooks()

    # What people change.

    def open_account(self, account: AdAccount) -> None:
        market = MARKETS.index(account.attributes["market"])
        traits = PLATFORM_TRAITS[account.party]
        self._zones.append(account.timezone)
        books = Books(account, len(self._books), len(self._zones) - 1, market, traits)
        self._books[account.party, account.id] = books

    def books(self, party: str, account_id: str) -> Books | None:
        return self._books.get((party, account_id))

    def book_of_cell(self, cell: int) -> tuple[Books, Cell]:
        return self._book_of_cell[cell], self._cell[cell]

    def row_of(self, made: AdObject) -> int:
        return self._rows[made.party, made.level, made.id]

    def added(self, made: AdObject) -> None:
        books = self._books.get((made.party, made.account_id))
        if books is None or made.level not in ("campaign", "ad_group", "ad"):
            return
        if made.parent_id is not None:
            self._children[made.party, made.parent_id].append(made)
        if made.level == "campaign":
            key = key_of(self.seed, "campaign", made.party, made.id)
            self._rows[made.party, "campaign", made.id] = self.delivery.add_campaign(
                key=key, zone=books.zone, traits=books.traits
            )
        elif made.level == "ad_group":
            self._rows[made.party, "ad_group", made.id] = self.delivery.add_group(
                key=key_of(self.seed, "ad group", made.party, made.id),
                zone=books.zone,
                traits=books.traits,
                campaign=self._rows[made.party, "campaign", made.parent_id or ""],
                curve=group_curve(self.seed, books.account, made.id),
            )
        else:
            self._add_cells(books, made)
        self.changed(made)

    def _add_cells(self, books: Books, ad: AdObject) -> None:
        group = self._find(ad.party, "ad_group", ad.parent_id or "")
        campaign = None if group is None else self._find(ad.party, "campaign", group.parent_id or "")
        if group is None or campaign is None:
            raise KeyError(f"{ad.party} ad {ad.id} hangs in the air")
        traits = ad_traits(self.seed, books.account, ad, theme=str(campaign.attributes.get("theme", USUAL_THEME)))
        numbers = []
        for name, cell_traits in traits.cells:
            number = self.delivery.add_cell(group=self.row_of(group), traits=cell_traits)
            self.outcomes.cells.append(
                key=cell_traits.key, market=books.market, sign_up_rate=traits.sign_up_rate,
                cart_share=traits.cart_share, purchase_share=traits.purchase_share, order_value=traits.order_value,
                delay=traits.delay_seconds, delay_spread=traits.delay_spread,
            )  # fmt: skip
            cell = Cell(number, ad.id, group.id, campaign.id, name)
            books.cells.append(cell)
            self._cell.append(cell)
            self._book_of_cell.append(books)
            numbers.append(number)
        self._cells_of_ad[ad.party, ad.id] = numbers
        key = np.full(len(numbers), key_of(self.seed, "ad", ad.party, ad.id), dtype=np.uint64)
        books.columns = np.concatenate([books.columns, np.array(numbers, dtype=np.int64)])
        books.ad_keys = np.concatenate([books.ad_keys, key])
        self._claimants = []

    def changed(self, made: AdObject) -> None:
        """Budgets and switches take effect with the next moment that passes."""
        if (made.party, made.account_id) not in self._books:
            return
        if made.level == "campaign":
            self.delivery.campaigns.set(self.row_of(made), daily=made.daily_budget, lifetime=made.lifetime_budget)
        elif made.level == "ad_group":
            self.delivery.groups.set(self.row_of(made), daily=made.daily_budget, lifetime=made.lifetime_budget)
        self._switch(made)

    def account_changed(self, account: AdAccount) -> None:
        books = self._books.get((account.party, account.id))
        if books is None:
            return
        books.account = replace(account)
        for cell in books.cells:
            campaign = self._find(account.party, "campaign", cell.campaign_id)
            if campaign is not None:
                self._switch(campaign)

    def _switch(self, made: AdObject) -> None:
        if made.level == "ad":
            group = self._find(made.party, "ad_group", made.parent_id or "")
            campaign = None if group is None else self._find(made.party, "campaign", group.parent_id or "")
            account = self._books[made.party, made.account_id].account
            above = (each is not None and each.status == "active" for each in (group, campaign, account))
            self.delivery.cells["active"][self._cells_of_ad[made.party, made.id]] = made.status == "active" and all(
                above
            )
            return
        lower: Level = "ad_group" if made.level == "campaign" else "ad"
        for child in self._children[made.party, made.id]:
            current = self._find(made.party, lower, child.id)
            if current is not None:
                self._switch(current)

    # What time brings.

    def run(self, since: int, until: int) -> None:
        stretch = segments(since, until)
        for first in range(0, len(stretch), _AT_ONCE):
            self._pass(stretch[first : first + _AT_ONCE])

    def _pass(self, stretch: list[Segment]) -> None:
        delivered = self.delivery.run(stretch, rhythm(self._zones, stretch))
        clicks = self.outcomes.clicks(delivered)
        self.attention.remember(delivered, clicks, self.claimants())
        zones = np.array([self._book_of_cell[cell].zone for cell in range(clicks.shape[1])], dtype=np.int64)
        caused = self.outcomes.from_clicks(delivered, clicks, zones=zones)
        self.clicks.remember(stretch, clicks, caused)
        self.orders.enter(caused)
        self.orders.enter(self.outcomes.organic(delivered, market_zones=range(len(MARKETS))))
        happened = self.orders.realise(stretch[-1].end)
        prompt = caused[caused["instant"] - caused["click_at"] <= _LONGEST_CLAIM]
        self._file(claims_of(prompt, cells=prompt["cell"], touch_at=prompt["click_at"], caused=True))
        for claimant in self.claimants():
            self._file(self.attention.claims(happened, claimant))
        for books in self._books.values():
            self._book(books, delivered, clicks)

    def _book(self, books: Books, delivered: Delivered, clicks: Ints) -> None:
        days = delivered.rhythm.day[:, books.zone]
        for day in np.unique(days):
            rows = np.flatnonzero(days == day)
            spend = delivered.spend[rows[:, None], books.columns]
            book = self.days.opened(books.number, int(day))
            book.add(
                delivered.impressions[rows[:, None], books.columns].sum(axis=0),
                clicks[rows[:, None], books.columns].sum(axis=0),
                spend.sum(axis=0),
            )
            today = local_day(books.account.timezone, date.fromordinal(int(day)))
            starts = np.array([delivered.stretch[row].start for row in rows], dtype=np.int64)
            np.add.at(book.hourly_spend, today.hours[(starts - today.start) // HALF_HOUR], spend.sum(axis=1))

    def _file(self, claims: Claims) -> None:
        """Puts each claim on the account's day on which the person met the ad."""
        if not claims.size:
            return
        owner = np.array([self._book_of_cell[cell].number for cell in claims["cell"]], dtype=np.int64)
        for books in self._books.values():
            mine = claims[owner == books.number]
            if not mine.size:
                continue
            day = np.array([local_date(books.account.timezone, int(at)).toordinal() for at in mine["touch_at"]])
            for each in np.unique(day):
                self.days.opened(books.number, int(each)).add_claims(mine[day == each])

    def claimants(self) -> list[Claimant]:
        if not self._claimants:
            groups: dict[tuple[str, int], list[int]] = {}
            for books in self._books.values():
                groups.setdefault((books.account.party, books.market), []).extend(books.columns.tolist())
            self._claimants = [
                Claimant(
                    number=number, cells=np.array(sorted(cells), dtype=np.int64), market=market,
                    people=self.people.living_in(market), view_focus=PLATFORM_TRAITS[party].view_focus,
                    click_focus=PLATFORM_TRAITS[party].click_focus,
                )
                for number, ((party, market), cells) in enumerate(groups.items())
            ]  # fmt: skip
        return self._claimants
