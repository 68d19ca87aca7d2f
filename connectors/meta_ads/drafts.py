"""Drafts in neutral words turned into the platform's own parameters. Pure: nothing is looked up and nothing is sent.

A draft's `extras` are platform fields and win over what is chosen here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.ad_platform import AdDraft, AdGroupDraft, CampaignDraft, CreativeDraft, Objective, Status

OBJECTIVES: Mapping[Objective, str] = {
    Objective.SALES: "OUTCOME_SALES",
    Objective.LEADS: "OUTCOME_LEADS",
    Objective.TRAFFIC: "OUTCOME_TRAFFIC",
    Objective.ENGAGEMENT: "OUTCOME_ENGAGEMENT",
    Objective.AWARENESS: "OUTCOME_AWARENESS",
}
STATUSES: Mapping[Status, str] = {
    Status.ACTIVE: "ACTIVE",
    Status.PAUSED: "PAUSED",
    Status.ARCHIVED: "ARCHIVED",
    Status.DELETED: "DELETED",
}
_BID_STRATEGY = "LOWEST_COST_WITHOUT_CAP"
_CREATIVE_PARTS = ("page_id", "instagram_user_id")  # extras that belong inside the story


def campaign(draft: CampaignDraft, *, daily_budget: int | None) -> dict[str, Any]:
    budget = (
        {"is_adset_budget_sharing_enabled": False}
        if daily_budget is None
        else {"daily_budget": daily_budget, "bid_strategy": _BID_STRATEGY}
    )
    return {
        "name": draft.name,
        "objective": OBJECTIVES[draft.objective],
        "status": STATUSES[draft.status],
        "special_ad_categories": [],
        **budget,
        **draft.extras,
    }


def ad_set(draft: AdGroupDraft, *, daily_budget: int | None) -> dict[str, Any]:
    """Optimises for clicks unless the extras name a goal; a conversion goal needs its promoted_object there too."""
    budget = {} if daily_budget is None else {"daily_budget": daily_budget, "bid_strategy": _BID_STRATEGY}
    targeting = {
        "geo_locations": {"countries": list(draft.countries)},
        "targeting_automation": {"advantage_audience": 0},
    }
    return {
        "name": draft.name,
        "campaign_id": draft.campaign_id,
        "billing_event": "IMPRESSIONS",
        "optimization_goal": "LINK_CLICKS",
        "targeting": targeting,
        "start_time": _instant(draft.starts_at),
        "end_time": _instant(draft.ends_at),
        "status": STATUSES[draft.status],
        **budget,
        **draft.extras,
    }


def creative(draft: CreativeDraft, *, page_id: str) -> dict[str, Any]:
    action = draft.call_to_action
    link = {
        "link": draft.landing_page,
        "message": draft.text,
        "name": draft.headline or None,
        "image_hash": draft.image_ref,
        "call_to_action": {"type": action, "value": {"link": draft.landing_page}} if action else None,
    }
    parts = {name: str(draft.extras[name]) for name in _CREATIVE_PARTS if name in draft.extras}
    story = {"page_id": page_id, **parts, "link_data": {name: value for name, value in link.items() if value}}
    extras = {name: value for name, value in draft.extras.items() if name not in _CREATIVE_PARTS}
    return {"name": draft.name, "object_story_spec": story, **extras}


def ad(draft: AdDraft, *, creative_id: str) -> dict[str, Any]:
    return {
        "name": draft.name,
        "adset_id": draft.ad_group_id,
        "creative": {"creative_id": creative_id},
        "status": STATUSES[draft.status],
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S%z")
