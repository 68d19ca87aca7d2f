"""What campaigns and line items have in common: their `Kind`, names, statuses, budgets, room and funding.

A `plan_…` function checks everything and touches nothing; the `Change` it returns is applied by the caller. So one bad
operation of a batch leaves the others undone. Promoted tweets and audiences, which cannot be edited, live elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from simulator.world.model import AdAccount, AdObject, Level, Status
from simulator.x_ads import views
from simulator.x_ads.envelope import ApiError, invalid_parameter, not_found
from simulator.x_ads.gate import PARTY, Visit
from simulator.x_ads.listing import View
from simulator.x_ads.params import Params

Change = Callable[[], AdObject]

STATUSES: Mapping[str, Status] = {"ACTIVE": "active", "PAUSED": "paused", "DRAFT": "paused"}


@dataclass(frozen=True, kw_only=True)
class Kind:
    name: str  # X's word for one, as in CAMPAIGN_NOT_FOUND
    level: Level
    id_name: str
    view: View
    plan_create: Callable[[Visit, Params], Change]
    plan_update: Callable[[Visit, Params, AdObject], Change]
    filters: Mapping[str, str] = field(default_factory=dict)

    def find(self, visit: Visit, object_id: str) -> AdObject:
        """Deleted objects can still be read; those of other accounts cannot."""
        found = visit.world.find(PARTY, self.level, object_id)
        if found is None or found.account_id != visit.account.id:
            raise not_found(self.name, object_id)
        return found


def common_changes(visit: Visit, params: Params, obj: AdObject) -> dict[str, Any]:
    """Name, status and budgets, as far as they were sent; read-only properties that were sent along are ignored."""
    if obj.status == "deleted":
        raise not_found("CAMPAIGN" if obj.level == "campaign" else "LINE_ITEM", obj.id)
    changes: dict[str, Any] = {"attributes": {}}
    if params.has("name"):
        changes["name"] = named(params)
    if params.text("entity_status") is not None:
        status = params.choice("entity_status", tuple(STATUSES)) or "PAUSED"
        changes["status"] = STATUSES[status]
        changes["attributes"] = {"entity_status": status}
    daily, total = budgets(params, visit.account, daily=obj.daily_budget, total=obj.lifetime_budget)
    if params.has("daily_budget_amount_local_micro"):
        changes["daily_budget"] = daily
    if params.has("total_budget_amount_local_micro"):
        changes["lifetime_budget"] = total
    return changes


def budgets(
    params: Params, account: AdAccount, *, daily: Decimal | None, total: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """The budgets as they will be: what was sent over what is there; a daily one above the total is refused."""
    if params.has("daily_budget_amount_local_micro"):
        daily = params.micros("daily_budget_amount_local_micro", account.currency)
    if params.has("total_budget_amount_local_micro"):
        total = params.micros("total_budget_amount_local_micro", account.currency)
    if daily is not None and total is not None and daily > total:
        sent = params.text("daily_budget_amount_local_micro")
        raise invalid_parameter("daily_budget_amount_local_micro", sent, "at most total_budget_amount_local_micro")
    return daily, total


def named(params: Params) -> str:
    name = params.required("name")
    if len(name) > 255:
        raise invalid_parameter("name", name, "at most 255 characters")
    return name


def check_funding(account: AdAccount, funding_id: str | None) -> None:
    for each in views.funding_instruments(account):
        if each["id"] == funding_id:
            if each["able_to_fund"]:
                return
            message = f"funding instrument {funding_id} cannot pay: {', '.join(each['reasons_not_able_to_fund'])}"
            raise ApiError(403, "FUNDING_INSTRUMENT_NOT_ABLE_TO_FUND", message, value=funding_id)
    message = f"funding instrument {funding_id} was not found"
    raise ApiError(403, "FUNDING_INSTRUMENT_NOT_FOUND", message, value=funding_id)


def check_room(visit: Visit, level: Level, *, most: int) -> None:
    active = sum(each.status == "active" for each in visit.world.objects(PARTY, visit.account.id, level))
    if active >= most:
        raise invalid_parameter("entity_status", "ACTIVE", f"at most {most} active ones in this account")
