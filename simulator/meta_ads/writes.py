"""What changes the account: new campaigns, ad sets, creatives, ads and audiences, and changes of what there is.

Everything is checked before anything is done, so a dry run (`validate_only`) and a refusal leave no trace.
Which budgets are allowed where is in `simulator.meta_ads.budgets`; an ad set's needs, in `simulator.meta_ads.ad_sets`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from simulator.meta_ads import budgets
from simulator.meta_ads.access import PARTY
from simulator.meta_ads.ad_sets import ad_set_attributes
from simulator.meta_ads.errors import invalid
from simulator.meta_ads.request import GraphRequest
from simulator.meta_ads.statuses import STATUSES
from simulator.world.model import AdAccount, AdObject, AdWorld, Level, Status

_OBJECTIVES = ("AWARENESS", "TRAFFIC", "ENGAGEMENT", "LEADS", "APP_PROMOTION", "SALES")
_BID_STRATEGIES = ("LOWEST_COST_WITHOUT_CAP", "LOWEST_COST_WITH_BID_CAP", "COST_CAP", "LOWEST_COST_WITH_MIN_ROAS")
_FILE_SOURCES = ("USER_PROVIDED_ONLY", "PARTNER_PROVIDED_ONLY", "BOTH_USER_AND_PARTNER_PROVIDED")

Make = Callable[[], AdObject]  # does what was checked


def required(request: GraphRequest, name: str) -> str:
    value = request.text(name)
    if value is None or not value.strip():
        raise invalid(f"The parameter {name} is required", name)
    return value


def one_of(value: str, allowed: tuple[str, ...], name: str) -> str:
    if value not in allowed:
        raise invalid(f"{name} must be one of the following values: {', '.join(allowed)}", name)
    return value


def new_campaign(world: AdWorld, account: AdAccount, request: GraphRequest) -> Make:
    name = required(request, "name")
    objective = one_of(required(request, "objective"), tuple(f"OUTCOME_{each}" for each in _OBJECTIVES), "objective")
    if "special_ad_categories" not in request.params:
        raise invalid("The parameter special_ad_categories is required", "special_ad_categories")
    budget = budgets.read(request, account)
    attributes: dict[str, Any] = {
        "objective": objective,
        "special_ad_categories": [each for each in request.items("special_ad_categories") if each != "NONE"],
        "buying_type": request.text("buying_type") or "AUCTION",
    }
    if budget.absent:
        if request.text("is_adset_budget_sharing_enabled") is None:
            raise invalid(
                "Must specify True or False in is_adset_budget_sharing_enabled when the campaign has no budget",
                "is_adset_budget_sharing_enabled",
            )
        attributes["is_adset_budget_sharing_enabled"] = request.flag("is_adset_budget_sharing_enabled")
    else:
        attributes["bid_strategy"] = one_of(
            request.text("bid_strategy") or _BID_STRATEGIES[0], _BID_STRATEGIES, "bid_strategy"
        )
    attributes |= _taken(request, ("start_time", "stop_time", "spend_cap"))
    status = _new_status(request)
    return lambda: world.create(
        PARTY,
        account.id,
        "campaign",
        name=name,
        status=status,
        daily_budget=budget.daily,
        lifetime_budget=budget.lifetime,
        attributes=attributes,
    )


def new_ad_set(world: AdWorld, account: AdAccount, request: GraphRequest) -> Make:
    name = required(request, "name")
    campaign = _parent(world, account, "campaign", required(request, "campaign_id"), "campaign_id")
    budget = budgets.read(request, account)
    budgets.check_ad_set(campaign, budget, request)
    attributes = ad_set_attributes(request)
    if not budget.absent:
        attributes["bid_strategy"] = one_of(
            request.text("bid_strategy") or _BID_STRATEGIES[0], _BID_STRATEGIES, "bid_strategy"
        )
    status = _new_status(request)
    return lambda: world.create(
        PARTY,
        account.id,
        "ad_group",
        name=name,
        parent_id=campaign.id,
        status=status,
        daily_budget=budget.daily,
        lifetime_budget=budget.lifetime,
        attributes=attributes,
    )


def new_creative(world: AdWorld, account: AdAccount, request: GraphRequest) -> Make:
    name = request.text("name") or "Untitled creative"
    story = request.mapping("object_story_spec")
    attributes: dict[str, Any] = _taken(request, ("url_tags", "object_story_id", "asset_feed_spec"))
    if story is None and not {"object_story_id", "asset_feed_spec"} & set(attributes):
        raise invalid("The parameter object_story_spec is required", "object_story_spec")
    if story is not None:
        attributes |= _story(story)
    return lambda: world.create(PARTY, account.id, "creative", name=name, status="active", attributes=attributes)


def _story(story: Mapping[str, Any]) -> dict[str, Any]:
    if not str(story.get("page_id", "")).isdigit():
        raise invalid("object_story_spec needs a page_id", "object_story_spec", "page_id")
    link = story.get("link_data", story.get("video_data"))
    if not isinstance(link, dict):
        raise invalid("object_story_spec needs link_data or video_data", "object_story_spec")
    action = link.get("call_to_action") or {}
    page = link.get("link") or (action.get("value") or {}).get("link")
    if not str(page or "").startswith(("https://", "http://")):
        raise invalid("link_data needs a link that starts with http:// or https://", "object_story_spec", "link")
    known = {
        "object_story_spec": dict(story),
        "landing_page": page,
        "text": link.get("message", ""),
        "headline": link.get("name", link.get("title", "")),
        "call_to_action": action.get("type"),
        "image_hash": link.get("image_hash"),
    }
    return {name: value for name, value in known.items() if value is not None}


def new_ad(world: AdWorld, account: AdAccount, request: GraphRequest) -> Make:
    name = required(request, "name")
    group = _parent(world, account, "ad_group", required(request, "adset_id"), "adset_id")
    creative = _creative_of(world, account, request)
    status = _new_status(request)
    attributes = {"creative_id": creative.id, "landing_page": creative.attributes.get("landing_page", "")}
    return lambda: world.create(
        PARTY, account.id, "ad", name=name, parent_id=group.id, status=status, attributes=attributes
    )


def new_audience(world: AdWorld, account: AdAccount, request: GraphRequest) -> Make:
    name = required(request, "name")
    one_of(required(request, "subtype"), ("CUSTOM", "WEBSITE", "LOOKALIKE", "ENGAGEMENT"), "subtype")
    if request.text("subtype") == "CUSTOM":
        one_of(required(request, "customer_file_source"), _FILE_SOURCES, "customer_file_source")
    attributes = _taken(request, ("subtype", "customer_file_source", "description")) | {"size": 0}
    return lambda: world.create(PARTY, account.id, "audience", name=name, status="active", attributes=attributes)


CREATES: Mapping[str, Callable[[AdWorld, AdAccount, GraphRequest], Make]] = {
    "campaigns": new_campaign,
    "adsets": new_ad_set,
    "adcreatives": new_creative,
    "ads": new_ad,
    "customaudiences": new_audience,
}

_CHANGEABLE: Mapping[Level, tuple[str, ...]] = {
    "campaign": ("spend_cap", "start_time", "stop_time", "special_ad_categories", "is_adset_budget_sharing_enabled"),
    "ad_group": ("bid_amount", "bid_constraints", "targeting", "promoted_object", "start_time", "end_time"),
    "ad": (),
    "creative": (),
    "audience": ("description",),
}


def change(world: AdWorld, account: AdAccount, thing: AdObject, request: GraphRequest) -> Make:
    changes: dict[str, Any] = {}
    status = request.text("status")
    if thing.status == "deleted":
        raise invalid("This object has been deleted and can no longer be changed", subcode=1487056)
    if status is not None:
        wanted = STATUSES[one_of(status, tuple(STATUSES), "status")]
        if thing.status == "archived" and wanted in ("active", "paused"):
            raise invalid("An archived object can only be deleted", "status")
        changes["status"] = wanted
    if "name" in request.params:
        changes["name"] = required(request, "name")
    attributes = _taken(request, _CHANGEABLE[thing.level])
    if thing.level in ("campaign", "ad_group"):
        changes |= budgets.changed(world, account, thing, request)
        if (strategy := request.text("bid_strategy")) is not None:
            attributes["bid_strategy"] = one_of(strategy, _BID_STRATEGIES, "bid_strategy")
    else:
        budgets.refuse(request)
    if thing.level == "ad" and request.text("creative") is not None:
        creative = _creative_of(world, account, request)
        attributes |= {"creative_id": creative.id, "landing_page": creative.attributes.get("landing_page", "")}
    if attributes:
        changes["attributes"] = attributes
    return lambda: world.update(PARTY, thing.level, thing.id, **changes) if changes else thing


def _new_status(request: GraphRequest) -> Status:
    return STATUSES[one_of(request.text("status") or "PAUSED", ("ACTIVE", "PAUSED"), "status")]


def _parent(world: AdWorld, account: AdAccount, level: Level, object_id: str, name: str) -> AdObject:
    found = world.find(PARTY, level, object_id)
    if found is None or found.account_id != account.id or found.status in ("deleted", "archived"):
        raise invalid(f"Invalid {name}: {object_id}", name)
    return found


def _creative_of(world: AdWorld, account: AdAccount, request: GraphRequest) -> AdObject:
    given = request.mapping("creative")
    if given is None or not given.get("creative_id"):
        raise invalid("The parameter creative needs a creative_id", "creative")
    return _parent(world, account, "creative", str(given["creative_id"]), "creative")


def _taken(request: GraphRequest, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: request.data(name) for name in names if request.text(name) is not None}
