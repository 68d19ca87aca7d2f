"""Campaigns: which parameters X takes for them, what it insists on, and what that means to the world."""

from typing import Any

from simulator.world.model import AdObject
from simulator.x_ads import views
from simulator.x_ads.envelope import exclusive_parameters
from simulator.x_ads.gate import PARTY, Visit
from simulator.x_ads.kinds import (
    STATUSES,
    Change,
    Kind,
    budgets,
    check_funding,
    check_room,
    common_changes,
    named,
)
from simulator.x_ads.params import Params

MOST_ACTIVE = 200


def plan_create(visit: Visit, params: Params) -> Change:
    name = named(params)
    funding = params.required("funding_instrument_id")
    check_funding(visit.account, funding)
    status = params.choice("entity_status", tuple(STATUSES)) or "ACTIVE"
    level = params.choice("budget_optimization", ("CAMPAIGN", "LINE_ITEM")) or "CAMPAIGN"
    daily, total = budgets(params, visit.account, daily=None, total=None)
    if level == "CAMPAIGN" and daily is None:
        params.required("daily_budget_amount_local_micro")
    if level == "LINE_ITEM" and (daily, total) != (None, None):
        raise exclusive_parameters("budget_optimization", "daily_budget_amount_local_micro")
    if status == "ACTIVE":
        check_room(visit, "campaign", most=MOST_ACTIVE)
    attributes = {**settings_of(params), "funding_instrument_id": funding, "budget_optimization": level}
    return lambda: visit.world.create(
        PARTY,
        visit.account.id,
        "campaign",
        name=name,
        status=STATUSES[status],
        daily_budget=daily,
        lifetime_budget=total,
        attributes={**attributes, "entity_status": status},
    )


def plan_update(visit: Visit, params: Params, obj: AdObject) -> Change:
    changes = common_changes(visit, params, obj)
    attributes = {**settings_of(params), **changes.pop("attributes")}
    if params.text("entity_status") == "ACTIVE" and obj.status != "active":
        check_funding(visit.account, views.campaign(visit.account, obj)["funding_instrument_id"])
        check_room(visit, "campaign", most=MOST_ACTIVE)
    return lambda: visit.world.update(PARTY, "campaign", obj.id, **changes, attributes=attributes)


def settings_of(params: Params) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if params.has("standard_delivery"):
        found["standard_delivery"] = params.boolean("standard_delivery")
    for name in ("duration_in_days", "frequency_cap"):
        if params.has(name):
            found[name] = params.integer(name)
    if params.has("purchase_order_number"):
        found["purchase_order_number"] = params.text("purchase_order_number")
    return found


CAMPAIGNS = Kind(
    name="CAMPAIGN",
    level="campaign",
    id_name="campaign_id",
    view=views.campaign,
    plan_create=plan_create,
    plan_update=plan_update,
    filters={"campaign_ids": "id", "funding_instrument_ids": "funding_instrument_id"},
)
