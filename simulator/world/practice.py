"""The practice world: seeded, with a virtual clock, behind the neutral interface the doors speak to."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

from simulator.world import fx
from simulator.world.catalogue import Catalogue
from simulator.world.ids import new_id
from simulator.world.luck import uniform
from simulator.world.model import (
    AccountDay,
    AdAccount,
    AdDay,
    AdObject,
    AdWorld,
    ChannelDay,
    Claimed,
    Level,
    Status,
)
from simulator.world.scenario import Scenario
from simulator.world.seeding import fill_account, retire_some


class PracticeWorld(AdWorld):
    def __init__(self, scenario: Scenario, *, seed: int) -> None:
        self.seed = seed
        self.scenario = scenario
        self._lock = RLock()
        self._now = scenario.start - timedelta(days=scenario.history_days)
        self._catalogue = Catalogue(seed=seed)
        for number, plan in enumerate(scenario.accounts):
            account_id = new_id(
                seed,
                plan.party,
                "account",
                number,
                taken=lambda each, of=plan.party: self.account(of, each) is not None,
            )
            account = AdAccount(
                party=plan.party,
                id=account_id,
                name=plan.name,
                currency=plan.currency,
                timezone=plan.timezone,
                created_at=self._now - timedelta(days=400),
                attributes={"market": plan.market},
            )
            self._catalogue.add_account(account)
            if plan.party != "telegram":
                fill_account(self, account, scenario)
        self.advance(scenario.start - timedelta(days=2) - self._now)
        for party in ("meta_ads", "x_ads", "tiktok_ads"):
            for account in self.accounts(party):
                retire_some(self, account)
        self.advance(scenario.start - self._now)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        with self._lock:
            self._now += by
            return self._now

    def accounts(self, party: str) -> Sequence[AdAccount]:
        return self._catalogue.accounts(party)

    def account(self, party: str, account_id: str) -> AdAccount | None:
        return self._catalogue.account(party, account_id)

    def objects(self, party: str, account_id: str, level: Level) -> Sequence[AdObject]:
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
            return self._catalogue.create(
                party,
                account_id,
                level,
                at=self._now,
                name=name,
                parent_id=parent_id,
                status=status,
                daily_budget=daily_budget,
                lifetime_budget=lifetime_budget,
                attributes=attributes or {},
            )

    def update(self, party: str, level: Level, object_id: str, **changes: Any) -> AdObject:
        with self._lock:
            return self._catalogue.update(party, level, object_id, at=self._now, changes=changes)

    def ad_days(self, party: str, account_id: str, since: date, until: date) -> Sequence[AdDay]:
        account = self.account(party, account_id)
        if account is None:
            return []
        zone = ZoneInfo(account.timezone)
        today = self._now.astimezone(zone).date()
        first = (self.scenario.start - timedelta(days=self.scenario.history_days)).astimezone(zone).date()
        rows: list[AdDay] = []
        slices = (
            ("facebook", "instagram") if party == "meta_ads" else ("ALL_ON_TWITTER",) if party == "x_ads" else ("",)
        )
        day = max(since, first)
        while day < min(until, today + timedelta(days=1)):
            for ad in self.objects(party, account_id, "ad"):
                group = self.find(party, "ad_group", ad.parent_id or "")
                if group is None or ad.status == "paused":
                    continue
                for slice_ in slices:
                    luck = uniform(self.seed, ad.id, day.isoformat(), slice_)
                    age = (today - day).days
                    impressions = int(400 + 900 * luck)
                    clicks = int(impressions * 0.012) - (1 if age > 2 else 0)
                    spend = Decimal(int(impressions * (0.9 if age < 5 else 0.88))) * fx.PER_USD[account.currency] / 100
                    bought = min(age, 4)
                    value = (Decimal("19.99") * fx.PER_USD[account.currency]).quantize(Decimal("0.01"))
                    rows.append(
                        AdDay(
                            ad_id=ad.id,
                            ad_group_id=group.id,
                            campaign_id=group.parent_id or "",
                            day=day,
                            slice=slice_,
                            impressions=impressions,
                            clicks=clicks,
                            link_clicks=clicks * 3 // 4,
                            reach=int(impressions * 0.9),
                            engagements=clicks * 2,
                            video_views=impressions // 5,
                            spend=round(spend, fx.decimals(account.currency)),
                            claims={
                                "purchase": Claimed(
                                    click_1d=bought // 2,
                                    click_7d=bought,
                                    click_28d=bought,
                                    view_1d=bought // 3,
                                    value_click_1d=value * (bought // 2),
                                    value_click_7d=value * bought,
                                    value_click_28d=value * bought,
                                    value_view_1d=value * (bought // 3),
                                )
                            }
                            if bought
                            else {},
                        )
                    )
            day += timedelta(days=1)
        return rows

    def account_days(self, party: str, account_id: str, since: date, until: date) -> Sequence[AccountDay]:
        totals: dict[date, list[AdDay]] = {}
        for row in self.ad_days(party, account_id, since, until):
            totals.setdefault(row.day, []).append(row)
        return [
            AccountDay(
                day=day,
                impressions=sum(r.impressions for r in rows),
                clicks=sum(r.clicks for r in rows),
                spend=sum((r.spend for r in rows), Decimal(0)),
                reach=sum(r.reach for r in rows),
            )
            for day, rows in totals.items()
        ]

    def hour_shares(self, party: str, account_id: str, day: date) -> Sequence[float]:
        return [1 / 24] * 24

    def channel_days(self, chat_id: int, since: date, until: date) -> Sequence[ChannelDay]:
        days = (until - since).days
        return [
            ChannelDay(chat_id=chat_id, day=since + timedelta(days=n), members=1000 + n, joined=2, left=1)
            for n in range(days)
        ]
