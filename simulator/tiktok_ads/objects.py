"""How campaigns, ad groups and ads of the world look in TikTok's words: fields, budget modes and derived statuses.

What the world knows (names, statuses, budgets, times) wins over what an object's attributes say; attributes carry the
fields the world has no word for, verbatim. Filtering and paging live in `lists`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simulator.world.model import AdObject, AdWorld

PARTY = "tiktok_ads"

# An ad's creative is part of the ad; these fields are its look and its target.
CREATIVE_FIELDS = (
    "ad_format",
    "ad_text",
    "ad_texts",
    "avatar_icon_web_uri",
    "call_to_action",
    "call_to_action_id",
    "carousel_image_index",
    "creative_type",
    "deeplink",
    "display_name",
    "identity_id",
    "identity_type",
    "image_ids",
    "landing_page_url",
    "landing_page_urls",
    "music_id",
    "tiktok_item_id",
    "video_id",
)
# The world's own words for what a creative shows, and TikTok's.
_LOOK = {"text": "ad_text", "headline": "display_name", "landing_page": "landing_page_url"}
_WORLD_WORDS = {"theme", "creative_id", *_LOOK}
_DAILY_MODES = ("BUDGET_MODE_DAY", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET")


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The objects of one account by id, so that statuses can look upwards."""

    campaigns: Mapping[str, AdObject]
    ad_groups: Mapping[str, AdObject]
    ads: Mapping[str, AdObject]
    creatives: Mapping[str, AdObject]

    @classmethod
    def of(cls, world: AdWorld, account_id: str) -> "Tree":
        def by_id(level: Any) -> dict[str, AdObject]:
            return {found.id: found for found in world.objects(PARTY, account_id, level)}

        return cls(
            campaigns=by_id("campaign"), ad_groups=by_id("ad_group"), ads=by_id("ad"), creatives=by_id("creative")
        )

    def campaign_of(self, ad_group: AdObject | None) -> AdObject | None:
        return self.campaigns.get(ad_group.parent_id or "") if ad_group else None


def _platform_fields(found: AdObject) -> dict[str, Any]:
    return {name: value for name, value in found.attributes.items() if name not in _WORLD_WORDS}


def _look(creative: AdObject) -> dict[str, Any]:
    named = {_LOOK.get(name, name): value for name, value in creative.attributes.items()}
    look = {name: value for name, value in named.items() if name in CREATIVE_FIELDS}
    return {"video_id": f"v10033g5{creative.id}", "identity_type": "CUSTOMIZED_USER", **look}


def platform_time(instant: datetime) -> str:
    """TikTok writes UTC instants without a zone."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def budget_mode(found: AdObject) -> str:
    stated = found.attributes.get("budget_mode")
    if found.daily_budget is not None:
        return stated if stated in _DAILY_MODES else "BUDGET_MODE_DAY"
    if found.lifetime_budget is not None:
        return "BUDGET_MODE_TOTAL"
    return "BUDGET_MODE_INFINITE"


def _own(found: AdObject) -> dict[str, Any]:
    """The fields every level has; a deleted object reads as switched off, its secondary status says it is gone."""
    return {
        "operation_status": "ENABLE" if found.status == "active" else "DISABLE",
        "create_time": platform_time(found.created_at),
        "modify_time": platform_time(found.updated_at),
    }


def _budget(found: AdObject) -> dict[str, Any]:
    amount = found.daily_budget if found.daily_budget is not None else found.lifetime_budget
    return {"budget": float(amount or 0), "budget_mode": budget_mode(found)}


def campaign_row(found: AdObject, tree: Tree) -> dict[str, Any]:
    return {
        "campaign_type": "REGULAR_CAMPAIGN",
        "objective_type": "WEB_CONVERSIONS",
        "budget_optimize_on": False,
        "is_smart_performance_campaign": False,
        "is_search_campaign": False,
        "special_industries": [],
        **_platform_fields(found),
        "campaign_id": found.id,
        "advertiser_id": found.account_id,
        "campaign_name": found.name,
        "secondary_status": campaign_status(found),
        **_budget(found),
        **_own(found),
    }


def ad_group_row(found: AdObject, tree: Tree) -> dict[str, Any]:
    campaign = tree.campaign_of(found)
    return {
        "billing_event": "OCPM",
        "optimization_goal": "CONVERT",
        "pacing": "PACING_MODE_SMOOTH",
        "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": platform_time(found.created_at),
        "location_ids": [],
        **_platform_fields(found),
        "adgroup_id": found.id,
        "advertiser_id": found.account_id,
        "campaign_id": found.parent_id,
        "campaign_name": campaign.name if campaign else None,
        "adgroup_name": found.name,
        "secondary_status": ad_group_status(found, tree),
        **_budget(found),
        **_own(found),
    }


def ad_row(found: AdObject, tree: Tree) -> dict[str, Any]:
    ad_group = tree.ad_groups.get(found.parent_id or "")
    campaign = tree.campaign_of(ad_group)
    creative = tree.creatives.get(str(found.attributes.get("creative_id", "")))
    return {
        "ad_format": "SINGLE_VIDEO",
        "ad_text": found.name,
        "image_ids": [],
        "is_aco": False,
        **(_look(creative) if creative else {}),
        **_platform_fields(found),
        "ad_id": found.id,
        "advertiser_id": found.account_id,
        "adgroup_id": found.parent_id,
        "adgroup_name": ad_group.name if ad_group else None,
        "campaign_id": campaign.id if campaign else None,
        "campaign_name": campaign.name if campaign else None,
        "ad_name": found.name,
        "secondary_status": ad_status(found, tree),
        **_own(found),
    }


def campaign_status(found: AdObject) -> str:
    return {"active": "CAMPAIGN_STATUS_ENABLE", "deleted": "CAMPAIGN_STATUS_DELETE"}.get(
        found.status, "CAMPAIGN_STATUS_DISABLE"
    )


def ad_group_status(found: AdObject, tree: Tree) -> str:
    """An object says first that it is gone, then what above it is gone or off, then whether it is off itself."""
    campaign = tree.campaign_of(found)
    if found.status == "deleted":
        return "ADGROUP_STATUS_DELETE"
    if campaign and campaign.status == "deleted":
        return "ADGROUP_STATUS_CAMPAIGN_DELETE"
    if campaign and campaign.status != "active":
        return "ADGROUP_STATUS_CAMPAIGN_DISABLE"
    return "ADGROUP_STATUS_DELIVERY_OK" if found.status == "active" else "ADGROUP_STATUS_DISABLE"


def ad_status(found: AdObject, tree: Tree) -> str:
    ad_group = tree.ad_groups.get(found.parent_id or "")
    campaign = tree.campaign_of(ad_group)
    if found.status == "deleted":
        return "AD_STATUS_DELETE"
    for parent, word in ((campaign, "CAMPAIGN"), (ad_group, "ADGROUP")):
        if parent and parent.status == "deleted":
            return f"AD_STATUS_{word}_DELETE"
    for parent, word in ((campaign, "CAMPAIGN"), (ad_group, "ADGROUP")):
        if parent and parent.status != "active":
            return f"AD_STATUS_{word}_DISABLE"
    return "AD_STATUS_DELIVERY_OK" if found.status == "active" else "AD_STATUS_DISABLE"


def is_deleted(secondary_status: str) -> bool:
    return secondary_status.endswith("_DELETE")
