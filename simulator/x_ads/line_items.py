"""Line items: which parameters X takes for them, what it insists on, and what that means to the world."""

from typing import Any

from simulator.world.model import AdAccount, AdObject
from simulator.x_ads import views
from simulator.x_ads.campaigns import CAMPAIGNS
from simulator.x_ads.envelope import exclusive_parameters, invalid_parameter, not_found
from simulator.x_ads.gate import PARTY, Visit
from simulator.x_ads.kinds import STATUSES, Change, Kind, budgets, check_room, common_changes
from simulator.x_ads.params import Params

OBJECTIVES = (
    "APP_ENGAGEMENTS", "APP_INSTALLS", "REACH", "FOLLOWERS", "ENGAGEMENTS", "VIDEO_VIEWS", "PREROLL_VIEWS",
    "WEBSITE_CLICKS",
)  # fmt: skip
GOALS = (
    "APP_CLICKS", "APP_INSTALLS", "APP_PURCHASES", "ENGAGEMENT", "FOLLOWERS", "LINK_CLICKS", "MAX_REACH", "PREROLL",
    "PREROLL_STARTS", "REACH_WITH_ENGAGEMENT", "SITE_VISITS", "VIDEO_VIEW", "VIEW_3S_100PCT", "VIEW_6S", "VIEW_15S",
    "WEBSITE_CONVERSIONS", "ADD_TO_CART", "LEAD_GENERATION", "PURCHASE",
)  # fmt: skip
PRODUCT_TYPES = ("MEDIA", "PROMOTED_ACCOUNT", "PROMOTED_TWEETS")
PLACEMENTS = (
    "ALL_ON_TWITTER", "PUBLISHER_NETWORK", "SPOTLIGHT", "TAP_BANNER", "TAP_FULL", "TAP_FULL_LANDSCAPE", "TAP_NATIVE",
    "TREND", "TWITTER_PROFILE", "TWITTER_REPLIES", "TWITTER_SEARCH", "TWITTER_TIMELINE",
)  # fmt: skip
MOST_IN_A_CAMPAIGN = 100
MOST_ACTIVE = 256


def plan_create(visit: Visit, params: Params) -> Change:
    campaign = CAMPAIGNS.find(visit, params.required("campaign_id"))
    if campaign.status == "deleted":
        raise not_found("CAMPAIGN", campaign.id)
    for name in ("objective", "product_type", "placements", "start_time", "end_time"):
        params.required(name)
    status = params.choice("entity_status", tuple(STATUSES)) or "ACTIVE"
    settings = settings_of(params, visit.account)
    if settings.get("bid_strategy") in ("MAX", "TARGET") and settings.get("bid_amount_local_micro") is None:
        params.required("bid_amount_local_micro")
    daily, total = budgets(params, visit.account, daily=None, total=None)
    if daily is not None and views.campaign(visit.account, campaign)["budget_optimization"] == "CAMPAIGN":
        raise exclusive_parameters("daily_budget_amount_local_micro", "budget_optimization")
    items = [each for each in visit.world.objects(PARTY, visit.account.id, "ad_group") if each.status != "deleted"]
    if sum(each.parent_id == campaign.id for each in items) >= MOST_IN_A_CAMPAIGN:
        raise invalid_parameter(
            "campaign_id", campaign.id, f"a campaign with fewer than {MOST_IN_A_CAMPAIGN} line items"
        )
    if status == "ACTIVE":
        check_room(visit, "ad_group", most=MOST_ACTIVE)
    return lambda: visit.world.create(
        PARTY,
        visit.account.id,
        "ad_group",
        name=params.text("name") or "",
        parent_id=campaign.id,
        status=STATUSES[status],
        daily_budget=daily,
        lifetime_budget=total,
        attributes={**settings, "entity_status": status},
    )


def plan_update(visit: Visit, params: Params, obj: AdObject) -> Change:
    changes = common_changes(visit, params, obj)
    attributes = {**settings_of(params, visit.account), **changes.pop("attributes")}
    if "daily_budget" in changes and changes["daily_budget"] is not None:
        campaign = CAMPAIGNS.find(visit, obj.parent_id or "")
        if views.campaign(visit.account, campaign)["budget_optimization"] == "CAMPAIGN":
            raise exclusive_parameters("daily_budget_amount_local_micro", "budget_optimization")
    if params.text("entity_status") == "ACTIVE" and obj.status != "active":
        check_room(visit, "ad_group", most=MOST_ACTIVE)
    return lambda: visit.world.update(PARTY, "ad_group", obj.id, **changes, attributes=attributes)


def settings_of(params: Params, account: AdAccount) -> dict[str, Any]:
    found: dict[str, Any] = {}
    choices = {
        "objective": OBJECTIVES,
        "goal": GOALS,
        "product_type": PRODUCT_TYPES,
        "bid_strategy": ("AUTO", "MAX", "TARGET"),
    }
    for name, allowed in choices.items():
        if params.text(name) is not None:
            found[name] = params.choice(name, allowed)
    if params.has("placements"):
        found["placements"] = placements(params)
    if params.has("bid_amount_local_micro"):
        bid = params.micros("bid_amount_local_micro", account.currency)
        found["bid_amount_local_micro"] = None if bid is None else int(bid * 1_000_000)
    moments = {name: params.instant(name) for name in ("start_time", "end_time") if params.has(name)}
    start, end = moments.get("start_time"), moments.get("end_time")
    if start is not None and end is not None and start >= end:
        raise invalid_parameter("end_time", params.text("end_time"), "an instant after start_time")
    found |= {name: None if moment is None else views.instant(moment) for name, moment in moments.items()}
    if params.has("standard_delivery"):
        found["standard_delivery"] = params.boolean("standard_delivery")
    return found


def placements(params: Params) -> list[str]:
    chosen = params.listed("placements")
    for value in chosen:
        if value not in PLACEMENTS:
            raise invalid_parameter("placements", value, f"some of {', '.join(PLACEMENTS)}")
    return chosen


LINE_ITEMS = Kind(
    name="LINE_ITEM",
    level="ad_group",
    id_name="line_item_id",
    view=views.line_item,
    plan_create=plan_create,
    plan_update=plan_update,
    filters={"line_item_ids": "id", "campaign_ids": "campaign_id"},
)
