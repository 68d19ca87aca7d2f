"""What an ad set must say before it is accepted: what is billed and optimised, who sees it, and who pays for it."""

from typing import Any

from simulator.meta_ads.errors import invalid
from simulator.meta_ads.request import GraphRequest

_BILLING_EVENTS = ("APP_INSTALLS", "CLICKS", "IMPRESSIONS", "LINK_CLICKS", "NONE", "POST_ENGAGEMENT", "THRUPLAY")
_GOALS = (
    *("APP_INSTALLS", "CONVERSATIONS", "ENGAGED_USERS", "EVENT_RESPONSES", "IMPRESSIONS", "LANDING_PAGE_VIEWS"),
    *("LEAD_GENERATION", "LINK_CLICKS", "NONE", "OFFSITE_CONVERSIONS", "PAGE_LIKES", "POST_ENGAGEMENT"),
    *("PROFILE_VISIT", "QUALITY_LEAD", "REACH", "SUBSCRIBERS", "THRUPLAY", "VALUE", "AD_RECALL_LIFT"),
)
_GOALS_WITH_PIXEL = frozenset({"OFFSITE_CONVERSIONS", "VALUE"})
_CAPPED = frozenset({"LOWEST_COST_WITH_BID_CAP", "COST_CAP"})
_EU = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU"),
        *("LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
_PASSED_ON = ("start_time", "end_time", "bid_amount", "bid_constraints", "attribution_spec", "destination_type")


def ad_set_attributes(request: GraphRequest) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "billing_event": _one_of(request, "billing_event", _BILLING_EVENTS),
        "optimization_goal": _one_of(request, "optimization_goal", _GOALS),
        "targeting": _targeting(request),
    }
    countries = set(attributes["targeting"]["geo_locations"].get("countries", ()))
    if countries & _EU:
        for name in ("dsa_beneficiary", "dsa_payor"):
            if request.text(name) is None:
                raise invalid(f"Ads shown in the European Union need {name}", name)
            attributes[name] = request.text(name)
    promoted = request.mapping("promoted_object")
    if attributes["optimization_goal"] in _GOALS_WITH_PIXEL and not {"pixel_id", "custom_event_type"} <= set(
        promoted or ()
    ):
        raise invalid("promoted_object needs pixel_id and custom_event_type for this goal", "promoted_object")
    if promoted is not None:
        attributes["promoted_object"] = promoted
    if request.text("bid_strategy") in _CAPPED and request.number("bid_amount") is None:
        raise invalid("This bid strategy needs a bid_amount", "bid_amount")
    return attributes | {name: request.data(name) for name in _PASSED_ON if request.text(name) is not None}


def _one_of(request: GraphRequest, name: str, allowed: tuple[str, ...]) -> str:
    value = request.text(name)
    if value is None:
        raise invalid(f"The parameter {name} is required", name)
    if value not in allowed:
        raise invalid(f"{name} must be one of the following values: {', '.join(allowed)}", name)
    return value


def _targeting(request: GraphRequest) -> dict[str, Any]:
    targeting = request.mapping("targeting")
    if targeting is None:
        raise invalid("The parameter targeting is required", "targeting")
    places = targeting.get("geo_locations")
    if not isinstance(places, dict) or not any(places.values()):
        raise invalid("Targeting needs at least one location in geo_locations", "targeting")
    automation = targeting.get("targeting_automation")
    if not isinstance(automation, dict) or automation.get("advantage_audience") not in (0, 1):
        raise invalid("targeting_automation.advantage_audience must be set to 0 or 1", "targeting", subcode=1870227)
    return targeting
