"""What no platform tells: its own current truth row by row, what ads really caused, and how spend would respond.

For tests that compare tables with the world, and for benches that need to know the right answer. Served under
`/sim/truth` by `simulator.control`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from simulator.world import fx
from simulator.world.calendar import local_date, local_day
from simulator.world.economy import Books
from simulator.world.markets import MARKET_TRAITS, MARKETS
from simulator.world.orders import KINDS
from simulator.world.practice import PracticeWorld


@dataclass(frozen=True, kw_only=True)
class Caused:
    """What the clicks on one ad on one account-local day lead to: so far, and once everything has ripened."""

    ad_id: str
    day: date
    kind: str
    so_far: int
    in_the_end: int
    value_usd_so_far: Decimal
    value_usd_in_the_end: Decimal


@dataclass(frozen=True, kw_only=True)
class Response:
    """An ad group's expected day as it stands now, at an ordinary hour's price and a usual weekday's traffic.

    Spending s (account currency) buys `1000 · saturation / thousand_cost · ln(1 + s / saturation)` impressions.
    """

    ad_group_id: str
    currency: str
    saturation: float
    thousand_cost: float
    click_rate: float  # of the running ads together, worn as they are
    sign_ups_per_click: float
    purchases_per_click: float  # first purchases
    value_usd_per_purchase: float  # mean

    def impressions(self, spend: float) -> float:
        return 1000.0 * self.saturation / self.thousand_cost * float(np.log1p(spend / self.saturation))

    def value_usd(self, spend: float) -> float:
        clicks = self.impressions(spend) * self.click_rate
        return clicks * self.purchases_per_click * self.value_usd_per_purchase


class Truth:
    def __init__(self, world: PracticeWorld) -> None:
        self._world = world

    def _books(self, party: str, account_id: str) -> Books:
        books = self._world.economy.books(party, account_id)
        if books is None:
            raise KeyError(f"{party} has no account {account_id!r}")
        return books

    def caused(self, party: str, account_id: str, since: date, until: date) -> list[Caused]:
        """One row for each ad, day and kind that clicks led to anything in, ordered by day, ad, kind."""
        books, world = self._books(party, account_id), self._world
        zone, now = books.account.timezone, world.now().timestamp()
        orders = world.economy.orders.caused_by(
            books.columns, local_day(zone, since).start, local_day(zone, until).start
        )
        totals: dict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for order in orders:
            _, cell = world.economy.book_of_cell(int(order["cell"]))
            row = totals[local_date(zone, int(order["click_at"])), cell.ad_id, KINDS[int(order["kind"])]]
            happened = int(order["instant"]) <= now
            row[0] += happened
            row[1] += 1
            row[2] += int(order["cents"]) if happened else 0
            row[3] += int(order["cents"])
        return [
            Caused(
                ad_id=ad_id, day=day, kind=kind, so_far=so_far, in_the_end=in_the_end,
                value_usd_so_far=Decimal(cents).scaleb(-2), value_usd_in_the_end=Decimal(all_cents).scaleb(-2),
            )
            for (day, ad_id, kind), (so_far, in_the_end, cents, all_cents) in sorted(totals.items())
        ]  # fmt: skip

    def responses(self, party: str, account_id: str) -> list[Response]:
        """One row for each ad group that has a running ad."""
        books, economy = self._books(party, account_id), self._world.economy
        cells, outcomes, groups = economy.delivery.cells, economy.outcomes.cells, economy.delivery.group_traits
        rates, pull = economy.delivery.pull_now()
        found: list[Response] = []
        for row in sorted(set(cells["group"][books.columns].tolist())):
            mine = books.columns[cells["group"][books.columns] == row]
            weight = pull[mine]
            if weight.sum() <= 0.0:
                continue
            weight = weight / weight.sum()
            click_rate = float(weight @ rates[mine])
            by_click = weight * rates[mine] / click_rate
            sign_ups = outcomes["sign_up_rate"][mine]
            buyers = sign_ups * outcomes["cart_share"][mine] * outcomes["purchase_share"][mine]
            bought = float(by_click @ buyers)
            price = MARKET_TRAITS[MARKETS[books.market]].price_level
            value = float((by_click * buyers) @ outcomes["order_value"][mine]) / bought
            found.append(
                Response(
                    ad_group_id=next(cell.ad_group_id for cell in books.cells if cell.number == mine[0]),
                    currency=books.account.currency,
                    saturation=float(groups["saturation"][row]),
                    thousand_cost=float(groups["cost"][row]),
                    click_rate=click_rate,
                    sign_ups_per_click=float(by_click @ sign_ups),
                    purchases_per_click=bought,
                    value_usd_per_purchase=value * price * economy.outcomes.mean_over_median(),
                )
            )
        return found

    def as_json(self, party: str, account_id: str, since: date, until: date) -> dict[str, Any]:
        """Everything about an account and some of its days; amounts of money as text."""
        world, account = self._world, self._books(party, account_id).account
        return {
            "party": party,
            "account_id": account_id,
            "currency": account.currency,
            "timezone": account.timezone,
            "as_of": world.now().isoformat(),
            "per_usd": str(fx.PER_USD[account.currency]),
            "ad_days": [plain(row) for row in world.ad_days(party, account_id, since, until)],
            "account_days": [plain(row) for row in world.account_days(party, account_id, since, until)],
            "caused": [plain(row) for row in self.caused(party, account_id, since, until)],
            "responses": [plain(row) for row in self.responses(party, account_id)],
        }


def plain(value: Any) -> Any:
    """Dataclasses, days and money as JSON holds them."""
    if hasattr(value, "__dataclass_fields__"):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value
