"""Budgets: one kind at one level, on the campaign or on its ad sets, never below the currency's minimum."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulator.meta_ads import money
from simulator.meta_ads.access import PARTY
from simulator.meta_ads.errors import invalid
from simulator.meta_ads.request import GraphRequest
from simulator.world.model import AdAccount, AdObject, AdWorld

_KINDS = ("daily_budget", "lifetime_budget")


@dataclass(frozen=True, kw_only=True)
class Budget:
    daily: Decimal | None
    lifetime: Decimal | None

    @property
    def absent(self) -> bool:
        return self.daily is None and self.lifetime is None


def read(request: GraphRequest, account: AdAccount) -> Budget:
    amounts = {name: _amount(request, account, name) for name in _KINDS}
    if all(amount is not None for amount in amounts.values()):
        raise invalid("Set either daily_budget or lifetime_budget, not both", *_KINDS)
    return Budget(daily=amounts["daily_budget"], lifetime=amounts["lifetime_budget"])


def check_ad_set(campaign: AdObject, budget: Budget, request: GraphRequest) -> None:
    if _carries_one(campaign):
        if not budget.absent:
            raise invalid("The campaign has a budget, so its ad sets cannot have their own", *_named(request))
        return
    if budget.absent:
        raise invalid("The ad set needs daily_budget or lifetime_budget: its campaign has none", "daily_budget")
    if budget.lifetime is not None and request.text("end_time") is None:
        raise invalid("A lifetime budget needs an end_time", "end_time")


def changed(world: AdWorld, account: AdAccount, thing: AdObject, request: GraphRequest) -> dict[str, Any]:
    """The budget changes of an update; empty when it speaks of none."""
    if not _named(request):
        return {}
    budget = read(request, account)
    if thing.level == "campaign" and not _carries_one(thing):
        raise invalid("This campaign has no budget of its own: set the budgets of its ad sets", *_named(request))
    if thing.level == "ad_group":
        campaign = world.find(PARTY, "campaign", thing.parent_id or "")
        if campaign is not None and _carries_one(campaign):
            raise invalid("The budget of this ad set is set on its campaign", *_named(request))
    if (thing.lifetime_budget is not None and budget.daily is not None) or (
        thing.daily_budget is not None and budget.lifetime is not None
    ):
        raise invalid("The kind of budget cannot be changed once it is set", *_named(request))
    return {"daily_budget": budget.daily} if budget.daily is not None else {"lifetime_budget": budget.lifetime}


def refuse(request: GraphRequest) -> None:
    if _named(request):
        raise invalid("This object has no budget", *_named(request))


def _carries_one(thing: AdObject) -> bool:
    return thing.daily_budget is not None or thing.lifetime_budget is not None


def _named(request: GraphRequest) -> list[str]:
    return [name for name in _KINDS if request.text(name) is not None]


def _amount(request: GraphRequest, account: AdAccount, name: str) -> Decimal | None:
    text = request.text(name)
    if text is None:
        return None
    amount = money.major(text, account.currency, field=name)
    least = money.minimum_daily_budget(account.currency)
    if int(text) < least:
        raise invalid(
            f"Your budget is too low: it must be at least {least} in the minor unit of {account.currency}",
            name,
            subcode=1885272,
            title="Budget is too low",
        )
    return amount
