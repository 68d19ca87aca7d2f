"""How accounts and ad objects look on the wire: every field this door knows, and the choice of those asked for.

Fields a caller asks for and a node does not have are left out, never refused. A value that costs something to work out
is a function, called only when its field is asked for.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from simulator.meta_ads import money
from simulator.meta_ads.access import PARTY
from simulator.meta_ads.statuses import configured_status, effective_status
from simulator.world.model import AdAccount, AdObject, AdWorld, Level

Node = Mapping[str, Any]

# Attributes of the world that are the platform's own fields; whatever else an object carries is not shown.
_SHOWN: Mapping[Level, tuple[str, ...]] = {
    "campaign": (
        "objective",
        "bid_strategy",
        "buying_type",
        "special_ad_categories",
        "start_time",
        "stop_time",
        "spend_cap",
        "is_adset_budget_sharing_enabled",
    ),
    "ad_group": (
        "billing_event",
        "optimization_goal",
        "bid_strategy",
        "bid_amount",
        "bid_constraints",
        "targeting",
        "promoted_object",
        "attribution_spec",
        "start_time",
        "end_time",
        "destination_type",
        "dsa_beneficiary",
        "dsa_payor",
    ),
    "ad": ("tracking_specs", "conversion_specs"),
    "creative": ("object_story_id", "asset_feed_spec", "url_tags", "image_url", "thumbnail_url", "image_hash"),
    "audience": ("subtype", "description", "customer_file_source"),
}


def stamp(moment: datetime, timezone: str) -> str:
    """2026-03-21T22:33:56-0700: the account's zone, an offset without a colon."""
    return moment.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M:%S%z")


def today(world: AdWorld, account: AdAccount) -> date:
    return world.now().astimezone(ZoneInfo(account.timezone)).date()


def chosen(node: Node, fields: Iterable[str]) -> dict[str, Any]:
    """The fields asked for; `id` always, and nothing that has no value."""
    picked: dict[str, Any] = {}
    for name in dict.fromkeys(("id", *fields)):
        value = node.get(name)
        value = value() if callable(value) else value
        if value is not None:
            picked[name] = value
    return picked


def account_node(world: AdWorld, account: AdAccount) -> Node:
    offset = world.now().astimezone(ZoneInfo(account.timezone)).utcoffset() or timedelta()
    return {
        "id": f"act_{account.id}",
        "account_id": account.id,
        "name": account.name,
        "currency": account.currency,
        "timezone_name": account.timezone,
        "timezone_id": 1 + sum(account.timezone.encode()) % 470,
        "timezone_offset_hours_utc": offset / timedelta(hours=1),
        "account_status": 1 if account.status == "active" else 2,
        "min_daily_budget": money.minimum_daily_budget(account.currency),
        "spend_cap": "0",
        "amount_spent": partial(_spent_ever, world, account),
        "balance": "0",
        "created_time": stamp(account.created_at, account.timezone),
        "updated_time": stamp(account.created_at, account.timezone),
    }


def object_node(world: AdWorld, account: AdAccount, thing: AdObject) -> Node:
    node: dict[str, Any] = {
        "id": thing.id,
        "account_id": account.id,
        "name": thing.name,
        "created_time": stamp(thing.created_at, account.timezone),
        "updated_time": stamp(thing.updated_at, account.timezone),
    }
    node |= {name: thing.attributes[name] for name in _SHOWN[thing.level] if name in thing.attributes}
    if thing.level in ("campaign", "ad_group", "ad"):
        node |= {
            "status": configured_status(thing),
            "configured_status": configured_status(thing),
            "effective_status": effective_status(world, thing),
        }
    if thing.level in ("campaign", "ad_group"):
        node |= _budgets(world, account, thing) | {"start_time": node.get("start_time", node["created_time"])}
    if thing.level == "ad_group":
        node |= {"campaign_id": thing.parent_id, "campaign": {"id": thing.parent_id}}
    if thing.level == "ad":
        node |= _ad_links(world, thing)
    if thing.level == "creative":
        node |= _creative(thing)
    if thing.level == "audience":
        node |= _audience(thing)
    return node


def _budgets(world: AdWorld, account: AdAccount, thing: AdObject) -> dict[str, Any]:
    """An object that carries no budget shows no budget fields; one that does shows "0" for the other kind."""
    if thing.daily_budget is None and thing.lifetime_budget is None:
        return {}
    return {
        "daily_budget": money.minor(thing.daily_budget or Decimal(0), account.currency),
        "lifetime_budget": money.minor(thing.lifetime_budget or Decimal(0), account.currency),
        "budget_remaining": partial(_budget_remaining, world, account, thing),
    }


def _budget_remaining(world: AdWorld, account: AdAccount, thing: AdObject) -> str:
    day = today(world, account)
    since = day if thing.daily_budget is not None else thing.created_at.date()
    spent = sum(
        (
            row.spend
            for row in world.ad_days(PARTY, account.id, since, day + timedelta(days=1))
            if thing.id in (row.campaign_id, row.ad_group_id)
        ),
        Decimal(0),
    )
    left = (thing.daily_budget or thing.lifetime_budget or Decimal(0)) - spent
    return money.minor(max(left, Decimal(0)), account.currency)


def _spent_ever(world: AdWorld, account: AdAccount) -> str:
    rows = world.account_days(PARTY, account.id, account.created_at.date(), today(world, account) + timedelta(days=1))
    return money.minor(sum((row.spend for row in rows), Decimal(0)), account.currency)


def _ad_links(world: AdWorld, ad: AdObject) -> dict[str, Any]:
    group = world.find(PARTY, "ad_group", ad.parent_id or "")
    campaign_id = group.parent_id if group else None
    creative_id = ad.attributes.get("creative_id")
    return {
        "adset_id": ad.parent_id,
        "adset": {"id": ad.parent_id},
        "campaign_id": campaign_id,
        "campaign": {"id": campaign_id},
        "creative": {"id": creative_id} if creative_id else None,
    }


def _creative(thing: AdObject) -> dict[str, Any]:
    has = thing.attributes
    story = has.get("object_story_spec")
    if story is None and "object_story_id" not in has:
        link = {"link": has.get("landing_page"), "message": has.get("text"), "name": has.get("headline")}
        story = {"page_id": f"1{thing.account_id}", "link_data": {k: v for k, v in link.items() if v}}
    return {
        "status": "DELETED" if thing.status == "deleted" else "ACTIVE",
        "title": has.get("headline") or None,
        "body": has.get("text") or None,
        "object_type": "SHARE",
        "object_story_spec": story,
        "call_to_action_type": has.get("call_to_action"),
        "link_url": has.get("landing_page"),
    }


def _audience(thing: AdObject) -> dict[str, Any]:
    size = int(thing.attributes.get("size", 0))
    return {
        "subtype": thing.attributes.get("subtype", "CUSTOM"),
        "approximate_count_lower_bound": size // 100 * 100 if size >= 1000 else 1000,
        "approximate_count_upper_bound": size // 100 * 100 + 100 if size >= 1000 else 1000,
        "operation_status": {"code": 200, "description": "Normal"},
        "delivery_status": {"code": 200, "description": "This audience is ready for use."}
        if size >= 1000
        else {"code": 300, "description": "This audience is too small."},
        "time_created": int(thing.created_at.timestamp()),
        "time_updated": int(thing.updated_at.timestamp()),
    }
