"""Creating and changing campaigns, ad groups and ads. Switching them on, off and away is in `switches`.

A `request_id` makes a create idempotent: the same one again is refused as a duplicate, and nothing is created.
"""

from decimal import Decimal
from typing import Any

from simulator.tiktok_ads import budgets
from simulator.tiktok_ads.call import Call
from simulator.tiktok_ads.envelope import Code, Outcome, Refusal, invalid
from simulator.tiktok_ads.objects import PARTY, Tree, ad_group_row, ad_row, campaign_row
from simulator.tiktok_ads.parameters import Parameters
from simulator.world.model import AdObject, Level, Status

OBJECTIVES = (
    "REACH",
    "TRAFFIC",
    "VIDEO_VIEWS",
    "LEAD_GENERATION",
    "ENGAGEMENT",
    "APP_PROMOTION",
    "WEB_CONVERSIONS",
    "PRODUCT_SALES",
)
_LONGEST_NAME = 512
_MOST_CREATIVES = 20
_SWITCHES: dict[str, Status] = {"ENABLE": "active", "DISABLE": "paused"}
# Said in the world's words elsewhere; everything else a caller sends is kept as it came.
_NEUTRAL = {
    "advertiser_id",
    "request_id",
    "operation_status",
    "budget",
    "campaign_id",
    "campaign_name",
    "adgroup_id",
    "adgroup_name",
    "ad_id",
    "ad_name",
    "creatives",
    "patch_update",
}


def create_campaign(call: Call) -> Outcome:
    asked, account = call.parameters, call.account
    name = asked.text("campaign_name", longest=_LONGEST_NAME)
    asked.choice("objective_type", OBJECTIVES)
    mode = asked.choice("budget_mode", budgets.MODES, default="BUDGET_MODE_INFINITE")
    if mode == "BUDGET_MODE_INFINITE" and asked.boolean("budget_optimize_on"):
        raise invalid("budget_mode: budget_optimize_on needs a campaign budget.")
    budget = budgets.budget_of(mode, asked.money("budget"), level="campaign", currency=account.currency)
    status = _SWITCHES[asked.choice("operation_status", _SWITCHES, default="ENABLE")]
    _use_up_request_id(call, "campaign/create")
    made = call.door.world.create(
        PARTY,
        account.id,
        "campaign",
        name=name,
        status=status,
        daily_budget=budget.daily,
        lifetime_budget=budget.lifetime,
        attributes=_kept(asked),
    )
    return Outcome(data=campaign_row(made, Tree.of(call.door.world, account.id)))


def create_ad_group(call: Call) -> Outcome:
    asked, account = call.parameters, call.account
    campaign = _own(call, "campaign", asked.text("campaign_id"))
    name = asked.text("adgroup_name", longest=_LONGEST_NAME)
    for required in ("billing_event", "optimization_goal", "pacing"):
        asked.text(required)
    start = asked.text("schedule_start_time")
    schedule = asked.choice("schedule_type", ("SCHEDULE_FROM_NOW", "SCHEDULE_START_END"))
    end = asked.text("schedule_end_time") if schedule == "SCHEDULE_START_END" else None
    days = budgets.whole_days(start, end) if end else 1
    on_campaign = campaign.daily_budget is not None or campaign.lifetime_budget is not None
    shared = bool(campaign.attributes.get("budget_optimize_on")) and on_campaign
    mode = asked.choice("budget_mode", budgets.MODES, default="BUDGET_MODE_INFINITE" if shared else None)
    if mode == "BUDGET_MODE_INFINITE" and not shared:
        raise invalid("budget_mode: BUDGET_MODE_INFINITE needs a campaign whose budget is optimised.")
    if mode == "BUDGET_MODE_TOTAL" and end is None:
        raise invalid("schedule_type: BUDGET_MODE_TOTAL needs SCHEDULE_START_END.")
    budget = budgets.budget_of(mode, asked.money("budget"), level="ad_group", currency=account.currency, days=days)
    status = _SWITCHES[asked.choice("operation_status", _SWITCHES, default="ENABLE")]
    _use_up_request_id(call, "adgroup/create")
    made = call.door.world.create(
        PARTY,
        account.id,
        "ad_group",
        name=name,
        parent_id=campaign.id,
        status=status,
        daily_budget=budget.daily,
        lifetime_budget=budget.lifetime,
        attributes=_kept(asked),
    )
    return Outcome(data=ad_group_row(made, Tree.of(call.door.world, account.id)))


def create_ads(call: Call) -> Outcome:
    asked, account = call.parameters, call.account
    ad_group = _own(call, "ad_group", asked.text("adgroup_id"))
    creatives = _creatives(asked)
    for creative in creatives:
        creative.text("ad_name", longest=_LONGEST_NAME)
        _check_creative(creative)
    made = [
        call.door.world.create(
            PARTY,
            account.id,
            "ad",
            name=creative.text("ad_name"),
            parent_id=ad_group.id,
            status=_SWITCHES[creative.choice("operation_status", _SWITCHES, default="ENABLE")],
            attributes=_kept(creative),
        )
        for creative in creatives
    ]
    tree = Tree.of(call.door.world, account.id)
    rows = [ad_row(each, tree) for each in made]
    return Outcome(data={"ad_ids": [each.id for each in made], "creatives": rows, "need_audit": True})


def update_campaign(call: Call) -> Outcome:
    found = _own(call, "campaign", call.parameters.text("campaign_id"))
    updated = _update(call, found, name_field="campaign_name")
    return Outcome(data=campaign_row(updated, Tree.of(call.door.world, found.account_id)))


def update_ad_group(call: Call) -> Outcome:
    found = _own(call, "ad_group", call.parameters.text("adgroup_id"))
    updated = _update(call, found, name_field="adgroup_name")
    return Outcome(data=ad_group_row(updated, Tree.of(call.door.world, found.account_id)))


def update_ad_group_budgets(call: Call) -> Outcome:
    """`adgroup/budget/update/`: several ad groups at once, all or nothing."""
    account = call.account
    wanted: list[tuple[AdObject, Decimal]] = []
    for each in call.parameters.objects("budget"):
        entry = Parameters(each, encoded=False)
        amount = entry.money("budget")
        if amount is None:
            raise invalid("budget: Missing data for required field.")
        wanted.append((_own(call, "ad_group", entry.text("adgroup_id")), amount))
    if not wanted:
        raise invalid("budget: Missing data for required field.")
    world = call.door.world
    changes = [(found, budgets.change(found, amount, world=world, account=account)) for found, amount in wanted]
    for found, change in changes:
        world.update(PARTY, "ad_group", found.id, **change)
    return Outcome(data={"adgroup_ids": [found.id for found, _ in changes]})


def update_ads(call: Call) -> Outcome:
    ad_group = _own(call, "ad_group", call.parameters.text("adgroup_id"))
    patch = call.parameters.boolean("patch_update")
    planned: list[tuple[AdObject, Parameters]] = []
    for creative in _creatives(call.parameters):
        found = _own(call, "ad", creative.text("ad_id"))
        if found.parent_id != ad_group.id:
            raise invalid(f"creatives: Ad {found.id} does not belong to ad group {ad_group.id}.")
        if not patch:
            _check_creative(creative)
        planned.append((found, creative))
    for found, creative in planned:
        name = creative.optional_text("ad_name") or found.name
        call.door.world.update(PARTY, "ad", found.id, name=name, attributes=_kept(creative))
    tree = Tree.of(call.door.world, ad_group.account_id)
    ids = [found.id for found, _ in planned]
    return Outcome(data={"ad_ids": ids, "creatives": [ad_row(tree.ads[each], tree) for each in ids]})


def _update(call: Call, found: AdObject, *, name_field: str) -> AdObject:
    asked = call.parameters
    if found.status == "deleted":
        raise invalid(f"{found.level.replace('_', '')}_id: {found.id} has been deleted.")
    changes: dict[str, Any] = {}
    if name_field in asked:
        changes["name"] = asked.text(name_field, longest=_LONGEST_NAME)
    amount = asked.money("budget")
    if amount is not None:
        changes |= budgets.change(found, amount, world=call.door.world, account=call.account)
    if kept := {name: value for name, value in _kept(asked).items() if name != "budget_mode"}:
        changes["attributes"] = kept
    return call.door.world.update(PARTY, found.level, found.id, **changes) if changes else found


def _own(call: Call, level: Level, object_id: str) -> AdObject:
    found = call.door.world.find(PARTY, level, object_id)
    if found is None or found.account_id != call.account.id:
        raise Refusal(Code.NO_SUCH_OBJECT, f"The {level.replace('_', ' ')} {object_id} does not exist.")
    return found


def _use_up_request_id(call: Call, what: str) -> None:
    """Called when everything else has been checked: a refused request may be sent again with the same id."""
    request_id = call.parameters.optional_text("request_id")
    if request_id is None:
        return
    if not request_id.isdigit():
        raise invalid("request_id: Must be a number written as text.")
    used = (call.account.id, what, request_id)
    if used in call.memory.request_ids:
        raise Refusal(Code.DUPLICATED_REQUEST, f"Duplicated request: request_id {request_id} was used before.")
    call.memory.request_ids.add(used)


def _creatives(asked: Parameters) -> list[Parameters]:
    creatives = [Parameters(each, encoded=False) for each in asked.objects("creatives")]
    if not creatives:
        raise invalid("creatives: Missing data for required field.")
    if len(creatives) > _MOST_CREATIVES:
        raise invalid(f"creatives: Longer than maximum length {_MOST_CREATIVES}.")
    return creatives


def _check_creative(creative: Parameters) -> None:
    shape = creative.choice("ad_format", ("SINGLE_VIDEO", "SINGLE_IMAGE", "CAROUSEL_ADS", "CATALOG_CAROUSEL"))
    if shape == "SINGLE_VIDEO" and not ("video_id" in creative or "tiktok_item_id" in creative):
        raise invalid("creatives.video_id: Missing data for required field.")
    if shape != "SINGLE_VIDEO" and not creative.texts("image_ids"):
        raise invalid("creatives.image_ids: Missing data for required field.")
    if "tiktok_item_id" not in creative:
        creative.text("ad_text", longest=100)
    creative.text("identity_type")
    creative.text("identity_id")


def _kept(asked: Parameters) -> dict[str, Any]:
    return {name: value for name, value in asked.raw().items() if name not in _NEUTRAL and value is not None}
