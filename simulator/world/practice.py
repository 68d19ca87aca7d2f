"""The practice world: seeded, with a virtual clock, behind the neutral interface that the doors speak to.

It joins the catalogue (what people made), the economy (what happened) and the reports (what is known of it). Time is
simulated by the half-hour; the one in progress is simulated as far as now only when somebody changes something in it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import RLock
from typing import Any, Literal

from simulator.world.calendar import HALF_HOUR, moment, unix
from simulator.world.catalogue import Catalogue
from simulator.world.channels import Channels
from simulator.world.economy import Economy
from simulator.world.ids import new_id
from simulator.world.model import AccountDay, AdAccount, AdDay, AdObject, AdWorld, ChannelDay, Level, Status
from simulator.world.orders import ORGANIC, Order, order_of
from simulator.world.people import People
from simulator.world.reports import Reports
from simulator.world.scenario import AccountPlan, Scenario
from simulator.world.seeding import fill_account, retire_some
from simulator.world.society import Society

_AD_PARTIES = ("meta_ads", "x_ads", "tiktok_ads")
_RETIRED_BEFORE = timedelta(days=2)  # how long before the opening some ads are ended


class PracticeWorld(AdWorld):
    def __init__(self, scenario: Scenario, *, seed: int) -> None:
        self.seed = seed
        self.scenario = scenario
        self._lock = RLock()
        self._now = unix(scenario.start) - scenario.history_days * 86_400
        self._simulated = self._now
        self._catalogue = Catalogue(seed=seed)
        self._economy = Economy(scenario, seed=seed, find=self._catalogue.find)
        self._reports = Reports(self._economy)
        self._channels = Channels(seed=seed, opened=self._now)
        self._society: Society | None = None
        self.observers: list[Callable[[], None]] = []  # told whenever time has passed
        for number, plan in enumerate(scenario.accounts):
            self._open(plan, number)
        opening = unix(scenario.start)
        self.advance(timedelta(seconds=max(0, opening - self._now - int(_RETIRED_BEFORE.total_seconds()))))
        for party in _AD_PARTIES:
            for account in self.accounts(party):
                retire_some(self, account)
        self.advance(timedelta(seconds=opening - self._now))

    def _open(self, plan: AccountPlan, number: int) -> None:
        account_id = new_id(
            self.seed, plan.party, "account", number, taken=lambda each: self.account(plan.party, each) is not None
        )
        account = AdAccount(
            party=plan.party,
            id=account_id,
            name=plan.name,
            currency=plan.currency,
            timezone=plan.timezone,
            created_at=self.now() - timedelta(days=400),
            attributes={"market": plan.market},
        )
        self._catalogue.add_account(account)
        if plan.party == "telegram":
            self._channels.open(int(account_id))
        else:
            self._economy.open_account(account)
            fill_account(self, account, self.scenario)

    # Time.

    def now(self) -> datetime:
        return moment(self._now)

    def advance(self, by: timedelta) -> datetime:
        """Lets virtual time pass; many small steps bring the same as one large one."""
        with self._lock:
            if by < timedelta():
                raise ValueError("virtual time never runs backwards")
            self._now += int(by.total_seconds())
            self._simulate(self._now // HALF_HOUR * HALF_HOUR)
            for observer in self.observers:
                observer()
            return self.now()

    def _simulate(self, until: int) -> None:
        if until > self._simulated:
            self._economy.run(self._simulated, until)
            self._simulated = until
            self._reports.forget()

    # Objects.

    def accounts(self, party: str) -> Sequence[AdAccount]:
        return self._catalogue.accounts(party)

    def account(self, party: str, account_id: str) -> AdAccount | None:
        return self._catalogue.account(party, account_id)

    def set_account_status(self, party: str, account_id: str, status: Literal["active", "suspended"]) -> AdAccount:
        """What a platform does to an account; no door offers it."""
        with self._lock:
            account = self.account(party, account_id)
            if account is None:
                raise KeyError(f"{party} has no account {account_id!r}")
            self._simulate(self._now)
            changed = replace(account, status=status)
            self._catalogue.add_account(changed)
            self._economy.account_changed(changed)
            return changed

    def objects(self, party: str, account_id: str, level: Level) -> Sequence[AdObject]:
        with self._lock:
            return self._catalogue.objects(party, account_id, level)

    def find(self, party: str, level: Level, object_id: str) -> AdObject | None:
        return self._catalogue.find(party, level, object_id)

    def create(
        self,
        party: str,
        account_id: str,
        level: Level,
        *,
        name: str,
        parent_id: str | None = None,
        status: Status = "paused",
        daily_budget: Decimal | None = None,
        lifetime_budget: Decimal | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> AdObject:
        with self._lock:
            self._simulate(self._now)
            made = self._catalogue.create(
                party, account_id, level, at=self.now(), name=name, parent_id=parent_id, status=status,
                daily_budget=daily_budget, lifetime_budget=lifetime_budget, attributes=attributes or {},
            )  # fmt: skip
            self._economy.added(made)
            return made

    def update(self, party: str, level: Level, object_id: str, **changes: Any) -> AdObject:
        with self._lock:
            self._simulate(self._now)
            changed = self._catalogue.update(party, level, object_id, at=self.now(), changes=changes)
            self._economy.changed(changed)
            return changed

    # What platforms report.

    def ad_days(self, party: str, account_id: str, since: date, until: date) -> Sequence[AdDay]:
        with self._lock:
            books = self._economy.books(party, account_id)
            return [] if books is None else self._reports.ad_days(books, since, until, now=self._now)

    def account_days(self, party: str, account_id: str, since: date, until: date) -> Sequence[AccountDay]:
        with self._lock:
            books = self._economy.books(party, account_id)
            return [] if books is None else self._reports.account_days(books, since, until, now=self._now)

    def hour_shares(self, party: str, account_id: str, day: date) -> Sequence[float]:
        with self._lock:
            books = self._economy.books(party, account_id)
            if books is None:
                raise KeyError(f"{party} has no account {account_id!r}")
            return self._reports.hour_shares(books, day)

    def channel_days(self, chat_id: int, since: date, until: date) -> Sequence[ChannelDay]:
        with self._lock:
            return self._channels.days(chat_id, since, until, now=self._now)

    # People, and what they really did.

    @property
    def people(self) -> People:
        return self._economy.people

    @property
    def economy(self) -> Economy:
        """The world's inside, for `simulator.truth`. Doors never look here."""
        return self._economy

    @property
    def society(self) -> Society:
        """What people do beyond the ads."""
        with self._lock:
            if self._society is None:
                self._society = Society(
                    self._economy, seed=self.seed, opened=self.opened_at(), now=self.now, lock=self._lock,
                    organic_orders_per_day=self.scenario.organic_orders_per_day,
                    known_until=lambda: self._simulated // HALF_HOUR * HALF_HOUR,
                )  # fmt: skip
            return self._society

    def orders(self, since: datetime, until: datetime) -> Sequence[Order]:
        """What people did in a half-open stretch of time, as far as it has happened, in order."""
        with self._lock:
            found = self._economy.orders.between(unix(since), min(unix(until), self._simulated))
            return [self._order(row) for row in found]

    def _order(self, row: Any) -> Order:
        person = self.people.name(int(row["person"]))
        if int(row["cell"]) == ORGANIC:
            return order_of(row, person=person, party=None, account_id=None, ad_id=None)
        books, cell = self._economy.book_of_cell(int(row["cell"]))
        account = books.account
        return order_of(row, person=person, party=account.party, account_id=account.id, ad_id=cell.ad_id)

    def opened_at(self) -> datetime:
        """The first instant of the world's history."""
        return self.scenario.start.astimezone(UTC) - timedelta(days=self.scenario.history_days)
