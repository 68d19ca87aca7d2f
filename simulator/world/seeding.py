"""What an account holds when the world opens: campaigns, ad groups, ads and creatives as people would have made them.

Names carry unicode, some objects are archived or deleted, some ads paused, budgets sit on different levels. Platform
fields are those a platform would show; doors may add their own defaults.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from simulator.world import fx
from simulator.world.luck import key_of, uniform
from simulator.world.model import AdAccount, AdWorld, Status
from simulator.world.scenario import Scenario

_THEMES = ("article", "growth", "shop", "game")
_CAMPAIGN_NAMES = {
    "article": ("Leseabend · Artikel der Woche", "Long reads · autumn", "読みもの特集"),
    "growth": ("Grow: new readers", "Wachstum Q4", "新規ユーザー獲得"),
    "shop": ("Shop · handmade & merch", "Señal de otoño · tienda", "ショップ冬支度"),
    "game": ("Play the weir 🎮", "Spieleabend", "ゲームの夜"),
}
_AUDIENCES = ("lookalike 1 %", "broad 25+", "friends of readers", "retargeting 30d", "interest: puzzles", "日本 18+")
_IDEAS = (
    "calm river",
    "café scene",
    "Vorher/Nachher",
    "a letter from the founder",
    "猫と本",
    "night market",
    "one-minute tour",
)
_COUNTRIES = {"US": ["US"], "EU": ["DE", "ES"], "JP": ["JP"], "IN": ["IN"]}
_META_OBJECTIVES = {
    "article": "OUTCOME_TRAFFIC",
    "growth": "OUTCOME_LEADS",
    "shop": "OUTCOME_SALES",
    "game": "OUTCOME_ENGAGEMENT",
}
_X_OBJECTIVES = {"article": "WEBSITE_CLICKS", "growth": "ENGAGEMENTS", "shop": "WEBSITE_CLICKS", "game": "VIDEO_VIEWS"}
_TIKTOK_OBJECTIVES = {
    "article": "TRAFFIC",
    "growth": "LEAD_GENERATION",
    "shop": "WEB_CONVERSIONS",
    "game": "VIDEO_VIEWS",
}


@dataclass(frozen=True)
class _Budgets:
    """Where a campaign's money is set: on itself, or on each of its ad groups."""

    campaign: Decimal | None
    ad_group: Decimal | None


def local_money(usd: Decimal, currency: str) -> Decimal:
    """A round amount in an account's currency, expressible in every platform's budget unit."""
    return max(Decimal(1), (usd * fx.PER_USD[currency]).quantize(Decimal(1), ROUND_HALF_UP))


def _budgets(seed: int, account: AdAccount, number: int, groups: int, usd: Decimal) -> _Budgets:
    on_campaign = account.party == "x_ads" or uniform(seed, "budget level", account.party, account.id, number) < 0.5
    scaled = usd * (1 + Decimal(number % 3) / 4)
    if on_campaign:
        return _Budgets(local_money(scaled, account.currency), None)
    return _Budgets(None, local_money(scaled / groups, account.currency))


def _campaign_fields(account: AdAccount, theme: str, *, budget_on_campaign: bool) -> dict[str, Any]:
    if account.party == "meta_ads":
        fields: dict[str, Any] = {
            "objective": _META_OBJECTIVES[theme],
            "buying_type": "AUCTION",
            "special_ad_categories": [],
        }
        return fields | ({"bid_strategy": "LOWEST_COST_WITHOUT_CAP"} if budget_on_campaign else {})
    if account.party == "x_ads":
        return {"budget_optimization": "CAMPAIGN", "standard_delivery": True}
    return {
        "objective_type": _TIKTOK_OBJECTIVES[theme],
        "budget_mode": "BUDGET_MODE_DAY" if budget_on_campaign else "BUDGET_MODE_INFINITE",
        "budget_optimize_on": budget_on_campaign,
    }


def _ad_group_fields(account: AdAccount, theme: str, *, budget_on_campaign: bool) -> dict[str, Any]:
    countries = _COUNTRIES[account.attributes["market"]]
    if account.party == "meta_ads":
        fields: dict[str, Any] = {
            "billing_event": "IMPRESSIONS",
            "optimization_goal": "OFFSITE_CONVERSIONS" if theme == "shop" else "LINK_CLICKS",
            "targeting": {"geo_locations": {"countries": countries}},
            "attribution_spec": [
                {"event_type": "CLICK_THROUGH", "window_days": 7},
                {"event_type": "VIEW_THROUGH", "window_days": 1},
            ],
        }
        return fields | ({} if budget_on_campaign else {"bid_strategy": "LOWEST_COST_WITHOUT_CAP"})
    if account.party == "x_ads":
        return {
            "objective": _X_OBJECTIVES[theme],
            "product_type": "PROMOTED_TWEETS",
            "placements": ["ALL_ON_TWITTER"],
            "bid_strategy": "AUTO",
        }
    return {
        "billing_event": "CPC" if theme == "article" else "OCPM",
        "optimization_goal": "CLICK" if theme == "article" else "CONVERT",
        "budget_mode": "BUDGET_MODE_INFINITE" if budget_on_campaign else "BUDGET_MODE_DAY",
        "pacing": "PACING_MODE_SMOOTH",
        "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
    }


def _statuses(number: int, of: int) -> Status:
    """Among the last ads of a world some are paused, archived or deleted, and all kinds occur early enough to test."""
    if number == 1:
        return "paused"
    if number == of - 1 and of > 3:
        return "deleted"
    return "archived" if number % 11 == 10 else "active"


def fill_account(world: AdWorld, account: AdAccount, scenario: Scenario) -> None:
    """Creates the scenario's objects; the ads' own status is set by `retire_some` once there is history to keep."""
    seed, party = world.seed, account.party
    for number in range(scenario.campaigns):
        theme = _THEMES[(number + key_of(seed, "theme", party, account.id)) % len(_THEMES)]
        budgets = _budgets(seed, account, number, scenario.ad_groups, scenario.campaign_budget_usd)
        on_campaign = budgets.campaign is not None
        names = _CAMPAIGN_NAMES[theme]
        campaign = world.create(
            party,
            account.id,
            "campaign",
            name=f"{names[key_of(seed, 'name', party, account.id, number) % len(names)]} #{number + 1}",
            status="active",
            daily_budget=budgets.campaign,
            attributes={"theme": theme} | _campaign_fields(account, theme, budget_on_campaign=on_campaign),
        )
        for group_number in range(scenario.ad_groups):
            group = world.create(
                party,
                account.id,
                "ad_group",
                parent_id=campaign.id,
                name=f"{theme} · {_AUDIENCES[(number + group_number) % len(_AUDIENCES)]}",
                status="active",
                daily_budget=budgets.ad_group,
                attributes=_ad_group_fields(account, theme, budget_on_campaign=on_campaign),
            )
            for ad_number in range(scenario.ads):
                idea = _IDEAS[(number * 5 + group_number * 3 + ad_number) % len(_IDEAS)]
                page = f"https://larkspur.example/{theme}?utm_source={party}&utm_campaign={campaign.id}"
                creative = world.create(
                    party,
                    account.id,
                    "creative",
                    name=f"{theme} / {idea}",
                    status="active",
                    attributes={"text": f"{idea}: come and see.", "headline": idea, "landing_page": page},
                )
                world.create(
                    party,
                    account.id,
                    "ad",
                    parent_id=group.id,
                    name=f"{theme} · {idea} v{ad_number + 1}",
                    status="active",
                    attributes={"creative_id": creative.id, "landing_page": page},
                )


def retire_some(world: AdWorld, account: AdAccount) -> None:
    """Pauses, archives and deletes a few ads late in the history, so that ended ads still have past days to report."""
    ads = world.objects(account.party, account.id, "ad")
    for number, ad in enumerate(ads):
        status = _statuses(number, len(ads))
        if status != "active":
            world.update(account.party, "ad", ad.id, status=status)
