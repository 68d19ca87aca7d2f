"""Drafts in TikTok's words: the fields a campaign, ad group or ad must be created with, and sensible ones beside them.

Whatever a draft's `extras` hold goes through as it is and wins over what is chosen here.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.ad_platform import AdDraft, AdGroupDraft, CampaignDraft, CreativeDraft, Level, Objective
from connectors.tiktok_ads.states import SWITCHES

_OBJECTIVES = {
    Objective.SALES: "WEB_CONVERSIONS",
    Objective.LEADS: "LEAD_GENERATION",
    Objective.TRAFFIC: "TRAFFIC",
    Objective.ENGAGEMENT: "ENGAGEMENT",
    Objective.AWARENESS: "REACH",
}
# What delivery aims at and what is paid for, by the campaign's objective.
_AIMS = {
    "WEB_CONVERSIONS": ("CONVERT", "OCPM"),
    "PRODUCT_SALES": ("CONVERT", "OCPM"),
    "LEAD_GENERATION": ("LEAD_GENERATION", "OCPM"),
    "TRAFFIC": ("CLICK", "CPC"),
    "ENGAGEMENT": ("FOLLOWERS", "OCPM"),
    "VIDEO_VIEWS": ("ENGAGED_VIEW", "CPV"),
    "REACH": ("REACH", "CPM"),
    "APP_PROMOTION": ("INSTALL", "OCPM"),
}
# TikTok names countries by their GeoNames ids.
_LOCATIONS = {
    "AU": "2077456",
    "BR": "3469034",
    "CA": "6251999",
    "DE": "2921044",
    "ES": "2510769",
    "FR": "3017382",
    "GB": "2635167",
    "IN": "1269750",
    "IT": "3175395",
    "JP": "1861060",
    "MX": "3996063",
    "US": "6252001",
}


class IncompleteDraft(ValueError):
    """What a draft lacks for this platform, in words for whoever wrote it."""


def request_id_for(account_id: str, level: Level, name: str) -> str:
    """The same draft always gets the same number, so the platform refuses to create it twice."""
    digest = hashlib.sha256(f"{account_id}\n{level.value}\n{name}".encode()).digest()
    return str(int.from_bytes(digest[:8]) >> 1)  # 63 bits: fits the platform's signed 64


def campaign_body(draft: CampaignDraft, *, budget: float | None, request_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "campaign_name": draft.name,
        "objective_type": _OBJECTIVES[draft.objective],
        "operation_status": SWITCHES[draft.status],
        "request_id": request_id,
    }
    if budget is None:
        body["budget_mode"] = "BUDGET_MODE_INFINITE"
    else:
        # A budget on the campaign means that it is shared out there; ad groups then carry none.
        body |= {"budget_mode": "BUDGET_MODE_DAY", "budget": budget, "budget_optimize_on": True}
    return {**body, **draft.extras}


def ad_group_body(
    draft: AdGroupDraft, *, budget: float | None, objective_type: str, now: datetime, request_id: str
) -> dict[str, Any]:
    goal, billing_event = _AIMS.get(objective_type, _AIMS["WEB_CONVERSIONS"])
    body: dict[str, Any] = {
        "campaign_id": draft.campaign_id,
        "adgroup_name": draft.name,
        "billing_event": billing_event,
        "optimization_goal": goal,
        "pacing": "PACING_MODE_SMOOTH",
        "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
        "schedule_type": "SCHEDULE_FROM_NOW" if draft.ends_at is None else "SCHEDULE_START_END",
        "schedule_start_time": _utc(draft.starts_at or now),
        "operation_status": SWITCHES[draft.status],
        "request_id": request_id,
    }
    if draft.ends_at is not None:
        body["schedule_end_time"] = _utc(draft.ends_at)
    if draft.countries and "location_ids" not in draft.extras:
        body["location_ids"] = _locations(draft.countries)
    body |= {"budget_mode": "BUDGET_MODE_INFINITE"} if budget is None else {"budget_mode": "BUDGET_MODE_DAY"}
    if budget is not None:
        body["budget"] = budget
    return {**body, **draft.extras}


def ad_body(draft: AdDraft) -> dict[str, Any]:
    if draft.creative is None:
        raise IncompleteDraft("TikTok has no creatives of their own: give the ad its creative, not a creative's id")
    creative = {
        "ad_name": draft.name,
        "ad_text": draft.creative.text,
        "landing_page_url": draft.creative.landing_page,
        "operation_status": SWITCHES[draft.status],
        **_picture(draft.creative),
    }
    if draft.creative.headline:
        creative["display_name"] = draft.creative.headline
    if draft.creative.call_to_action:
        creative["call_to_action"] = draft.creative.call_to_action
    creative |= draft.creative.extras
    if missing := [name for name in ("identity_type", "identity_id") if not creative.get(name)]:
        raise IncompleteDraft(f"an ad speaks as somebody: the creative's extras lack {' and '.join(missing)}")
    return {"adgroup_id": draft.ad_group_id, "creatives": [creative]}


def _picture(creative: CreativeDraft) -> dict[str, Any]:
    """TikTok's handles tell their kind: films start with a v, posts are numbers, everything else is a picture."""
    handle = creative.image_ref
    if handle is None:
        if {"video_id", "image_ids", "tiktok_item_id"} & set(creative.extras):
            return {}
        raise IncompleteDraft("an ad shows something: name an uploaded film, picture or post as image_ref")
    if handle.isdigit():
        return {"ad_format": "SINGLE_VIDEO", "tiktok_item_id": handle}
    if handle.startswith("v") and "/" not in handle:
        return {"ad_format": "SINGLE_VIDEO", "video_id": handle}
    return {"ad_format": "SINGLE_IMAGE", "image_ids": [handle]}


def _locations(countries: Sequence[str]) -> list[str]:
    if unknown := [country for country in countries if country not in _LOCATIONS]:
        raise IncompleteDraft(f"no location id is known for {', '.join(unknown)}: give location_ids in the extras")
    return [_LOCATIONS[country] for country in countries]


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
