"""What the world's neutral objects look like to X: one function for each kind of object, fields in X's own words."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from simulator.world.model import AdAccount, AdObject
from simulator.x_ads.envelope import Json
from simulator.x_ads.params import to_micros

FIRST_NUMBER = 2**53


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number_for(*parts: str) -> int:
    """A stable number beyond 2^53, in the manner of X's numeric ids."""
    return FIRST_NUMBER + int.from_bytes(sha256("/".join(parts).encode()).digest()[:7])


def base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"


def own_fields(obj: AdObject, defaults: Mapping[str, Any]) -> Json:
    """The defaults, overlaid with what the object's attributes say of the same fields."""
    return {name: obj.attributes.get(name, value) for name, value in defaults.items()}


def times(obj: AdObject) -> Json:
    return {
        "created_at": instant(obj.created_at),
        "updated_at": instant(obj.updated_at),
        "deleted": obj.status == "deleted",
    }


def entity_status(obj: AdObject) -> str:
    if obj.attributes.get("entity_status") == "DRAFT":
        return "DRAFT"
    return "ACTIVE" if obj.status == "active" else "PAUSED"


def account(acc: AdAccount) -> Json:
    return {
        "id": acc.id,
        "name": acc.name,
        "business_name": acc.attributes.get("business_name"),
        "business_id": None,
        "industry_type": acc.attributes.get("industry_type"),
        "timezone": acc.timezone,
        "timezone_switch_at": instant(acc.created_at),
        "approval_status": "ACCEPTED",
        "country_code": acc.attributes.get("country_code"),
        "created_at": instant(acc.created_at),
        "updated_at": instant(acc.created_at),
        "deleted": False,
    }


def funding_instruments(acc: AdAccount) -> list[Json]:
    """Accounts have one, unless their attributes list others: `[{"id": …, "currency": …}]`, or none at all."""
    usual = [{"id": base36(number_for("funding", acc.id) % 36**5)}]
    return [
        {
            "name": None,
            "description": "Card ending in 0000",
            "type": "CREDIT_CARD",
            "currency": acc.currency,
            "credit_limit_local_micro": None,
            "credit_remaining_local_micro": None,
            "funded_amount_local_micro": None,
            "io_header": None,
            "start_time": instant(acc.created_at),
            "end_time": None,
            "entity_status": "ACTIVE",
            "able_to_fund": acc.status == "active",
            "reasons_not_able_to_fund": [] if acc.status == "active" else ["EXPIRED"],
            "created_at": instant(acc.created_at),
            "updated_at": instant(acc.created_at),
            "deleted": False,
            **given,
        }
        for given in acc.attributes.get("funding_instruments", usual)
    ]


def campaign(acc: AdAccount, obj: AdObject) -> Json:
    reasons = reasons_not_servable(acc, [obj])
    paid_by = next((each["id"] for each in funding_instruments(acc)), None)
    level = "LINE_ITEM" if obj.daily_budget is None and obj.lifetime_budget is None else "CAMPAIGN"
    return {
        "id": obj.id,
        "name": obj.name,
        **own_fields(
            obj,
            {
                "funding_instrument_id": paid_by,
                "budget_optimization": level,
                "standard_delivery": True,
                "duration_in_days": None,
                "frequency_cap": None,
                "purchase_order_number": None,
            },
        ),
        "daily_budget_amount_local_micro": to_micros(obj.daily_budget),
        "total_budget_amount_local_micro": to_micros(obj.lifetime_budget),
        "entity_status": entity_status(obj),
        "effective_status": "RUNNING" if not reasons else "DELETED" if obj.status == "deleted" else entity_status(obj),
        "servable": not reasons,
        "reasons_not_servable": reasons,
        "currency": acc.currency,
        **times(obj),
    }


def reasons_not_servable(acc: AdAccount, objects: Sequence[AdObject]) -> list[str]:
    checks = {
        "DELETED": any(obj.status == "deleted" for obj in objects),
        "PAUSED_BY_ADVERTISER": any(obj.status in ("paused", "archived") for obj in objects),
        "FUNDING_PROBLEM": acc.status != "active",
    }
    return [reason for reason, holds in checks.items() if holds]


def line_item(acc: AdAccount, obj: AdObject) -> Json:
    return {
        "id": obj.id,
        "name": obj.name,
        "campaign_id": obj.parent_id,
        **own_fields(
            obj,
            {
                "objective": "WEBSITE_CLICKS",
                "goal": "LINK_CLICKS",
                "product_type": "PROMOTED_TWEETS",
                "placements": ["ALL_ON_TWITTER"],
                "pay_by": "IMPRESSION",
                "bid_strategy": "AUTO",
                "bid_amount_local_micro": None,
                "target_cpa_local_micro": None,
                "start_time": instant(obj.created_at),
                "end_time": None,
                "advertiser_domain": None,
                "advertiser_user_id": str(promotable_user(acc)["user_id"]),
                "audience_expansion": None,
                "categories": [],
                "primary_web_event_tag": None,
                "frequency_cap": None,
                "duration_in_days": None,
                "standard_delivery": True,
                "ios_app_store_identifier": None,
                "android_app_store_identifier": None,
            },
        ),
        "daily_budget_amount_local_micro": to_micros(obj.daily_budget),
        "total_budget_amount_local_micro": to_micros(obj.lifetime_budget),
        "entity_status": entity_status(obj),
        "creative_source": "MANUAL",
        "currency": acc.currency,
        **times(obj),
    }


def promoted_tweet(acc: AdAccount, obj: AdObject) -> Json:
    return {
        "id": obj.id,
        "line_item_id": obj.parent_id,
        "tweet_id": obj.attributes.get("creative_id"),
        "entity_status": entity_status(obj),
        "approval_status": "ACCEPTED",
        **times(obj),
    }


def promotable_user(acc: AdAccount) -> Json:
    return {
        "id": base36(number_for("promotable", acc.id) % 36**5),
        "user_id": str(number_for("user", acc.id)),
        "promotable_user_type": "FULL",
        "created_at": instant(acc.created_at),
        "updated_at": instant(acc.created_at),
        "deleted": False,
    }


def tweet(acc: AdAccount, obj: AdObject) -> Json:
    """Tweets keep the older date format of the consumer API."""
    page = obj.attributes.get("landing_page")
    text = obj.attributes.get("text", "")
    return {
        "id": number_for("tweet", obj.id),
        "id_str": obj.id,
        "tweet_id": obj.id,
        "tweet_type": "PUBLISHED",
        "name": obj.name,
        "full_text": text if page is None or page in text else f"{text} {page}",
        "created_at": obj.created_at.astimezone(UTC).strftime("%a %b %d %H:%M:%S +0000 %Y"),
        "card_uri": obj.attributes.get("card_uri"),
        "media_keys": obj.attributes.get("media_keys", []),
        "nullcast": True,
        "user": {"id_str": promotable_user(acc)["user_id"]},
        "deleted": obj.status == "deleted",
    }


def custom_audience(acc: AdAccount, obj: AdObject) -> Json:
    size = len(obj.attributes.get("members", ()))
    reasons = [] if size >= 100 else ["TOO_SMALL"]
    return {
        "id": obj.id,
        "name": obj.name,
        "description": obj.attributes.get("description"),
        "audience_type": "CRM",
        "audience_size": size or None,
        "partner_source": "OTHER",
        "permission_level": "READ_WRITE",
        "owner_account_id": acc.id,
        "targetable": not reasons,
        "targetable_types": ["CRM", "EXCLUDED_CRM"],
        "reasons_not_targetable": reasons,
        "is_owner": True,
        **times(obj),
    }
