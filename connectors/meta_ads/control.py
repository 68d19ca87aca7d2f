"""Changing an ad account: pause, budgets, new objects, audiences. Each verb reads first, because the platform has no
idempotency key and keeps budgets on the campaign or on its ad sets.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.ad_platform import (
    AdControl,
    AdDraft,
    AdGroupDraft,
    AudienceReceipt,
    CampaignDraft,
    CreativeDraft,
    Level,
    Money,
    ObjectState,
    Row,
    Status,
)
from connectors.meta_ads import audiences, drafts
from connectors.meta_ads.client import MetaClient
from connectors.meta_ads.money import from_minor, to_minor
from connectors.taxonomy import NotFound, NotSupported, Rejected, Said

_EDGES: Mapping[Level, str] = {Level.CAMPAIGN: "campaigns", Level.AD_GROUP: "adsets", Level.AD: "ads"}
_PARENTS: Mapping[Level, str] = {Level.AD_GROUP: "campaign_id", Level.AD: "adset_id"}
_STATUSES = {theirs: ours for ours, theirs in drafts.STATUSES.items()}
_BUDGETS = ("daily_budget", "lifetime_budget")
_READ: Mapping[Level, tuple[str, ...]] = {
    Level.CAMPAIGN: ("account_id", "name", "status", "effective_status", "updated_time", *_BUDGETS),
    Level.AD_GROUP: ("account_id", "name", "status", "effective_status", "updated_time", "campaign_id", *_BUDGETS),
    Level.AD: ("account_id", "name", "status", "effective_status", "updated_time", "adset_id"),
}


class MetaControl(AdControl):
    def __init__(self, client: MetaClient) -> None:
        self._client = client
        self._known_currency: str | None = None

    def read(self, level: Level, object_id: str) -> ObjectState:
        row = self._client.get(object_id, {"fields": _READ[level]})
        if str(row.get("account_id")) != self._client.account_id:
            raise NotFound(self._said(object_id, "the object does not belong to this account"))
        return self._state(level, row)

    def find_by_name(self, level: Level, name: str) -> ObjectState | None:
        """The oldest object of exactly this name that is neither archived nor deleted."""
        contains = [{"field": "name", "operator": "CONTAIN", "value": name}]
        row = self._named(_EDGES[level], name, {"fields": _READ[level], "filtering": contains})
        return None if row is None else self._state(level, row)

    def set_status(self, level: Level, object_id: str, status: Status) -> None:
        if status not in drafts.STATUSES:
            raise Rejected(self._said(object_id, f"{status} is not a status one can set"))
        if self.read(level, object_id).status is not status:
            self._client.write(object_id, {"status": drafts.STATUSES[status]})

    def set_daily_budget(self, level: Level, object_id: str, budget: Money) -> None:
        """Refused unless this very level carries a daily budget now; a budget that is already there is not sent."""
        if level is Level.AD:
            raise NotSupported(self._said(object_id, "an ad has no budget"), remedy="Set its ad set's or campaign's.")
        units = self._units(budget, object_id)
        state = self.read(level, object_id)
        if state.daily_budget is None:
            raise Rejected(self._said(object_id, _why_no_daily_budget(level, state.raw)))
        if state.daily_budget != budget:
            self._client.write(object_id, {"daily_budget": units})

    def create_campaign(self, draft: CampaignDraft) -> str:
        units = None if draft.daily_budget is None else self._units(draft.daily_budget, "campaigns")
        existing = self.find_by_name(Level.CAMPAIGN, draft.name)
        return existing.id if existing else self._create("campaigns", drafts.campaign(draft, daily_budget=units))

    def create_ad_group(self, draft: AdGroupDraft) -> str:
        units = None if draft.daily_budget is None else self._units(draft.daily_budget, "adsets")
        existing = self.find_by_name(Level.AD_GROUP, draft.name)
        if existing is not None:
            return existing.id
        campaign = self.read(Level.CAMPAIGN, draft.campaign_id)
        carries_budget = any(_is_set(campaign.raw.get(name)) for name in _BUDGETS)
        if carries_budget and units is not None:
            raise Rejected(self._said("adsets", f"campaign {campaign.id} has a budget, so its ad sets cannot have one"))
        has_own = units is not None or any(name in draft.extras for name in _BUDGETS)
        if not carries_budget and not has_own:
            raise Rejected(self._said("adsets", f"campaign {campaign.id} has no budget, so the ad set needs one"))
        return self._create("adsets", drafts.ad_set(draft, daily_budget=units))

    def create_creative(self, draft: CreativeDraft) -> str:
        existing = self._named("adcreatives", draft.name, {"fields": ("name", "status")})
        if existing is not None:
            return str(existing["id"])
        page_id = str(draft.extras.get("page_id") or self._client.setting("PAGE_ID") or "")
        if not page_id:
            raise Rejected(
                self._said("adcreatives", "an ad speaks in the name of a page, and none is known"),
                remedy=f"Set {self._client.name_of('PAGE_ID')} in the environment, or page_id in the draft's extras.",
            )
        return self._create("adcreatives", drafts.creative(draft, page_id=page_id))

    def create_ad(self, draft: AdDraft) -> str:
        if (draft.creative is None) == (draft.creative_id is None):
            raise Rejected(self._said("ads", "an ad needs either a creative or a creative's id"))
        existing = self.find_by_name(Level.AD, draft.name)
        if existing is not None:
            return existing.id
        creative_id = draft.creative_id or (self.create_creative(draft.creative) if draft.creative else "")
        return self._create("ads", drafts.ad(draft, creative_id=creative_id))

    def create_audience(self, name: str) -> str:
        existing = self._named("customaudiences", name, {"fields": ("name",)})
        if existing is not None:
            return str(existing["id"])
        form = {"name": name, "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
        return self._create("customaudiences", form)

    def sync_audience(self, audience_id: str, *, add: Iterable[str], remove: Iterable[str]) -> AudienceReceipt:
        return audiences.sync(self._client, audience_id, add=add, remove=remove)

    def _create(self, edge: str, form: Mapping[str, Any]) -> str:
        return str(self._client.write(f"{self._client.node}/{edge}", form)["id"])

    def _named(self, edge: str, name: str, params: Mapping[str, Any]) -> Row | None:
        for row in self._client.pages(f"{self._client.node}/{edge}", params):
            if row.get("name") == name and row.get("status") != "DELETED":
                return row
        return None

    def _state(self, level: Level, row: Row) -> ObjectState:
        digits = row.get("daily_budget")
        return ObjectState(
            level=level,
            id=str(row["id"]),
            name=str(row.get("name") or ""),
            status=_STATUSES.get(str(row.get("status")), Status.UNKNOWN),
            daily_budget=from_minor(str(digits), self._currency()) if _is_set(digits) else None,
            parent_id=str(row[_PARENTS[level]]) if level in _PARENTS else None,
            raw=row,
        )

    def _units(self, budget: Money, target: str) -> int:
        if budget.currency != self._currency():
            raise Rejected(
                self._said(target, f"the account's currency is {self._currency()}, the budget's {budget.currency}")
            )
        return to_minor(budget, said=self._said(target, ""))

    def _currency(self) -> str:
        if self._known_currency is None:
            self._known_currency = str(self._client.get(self._client.node, {"fields": ("currency",)})["currency"])
        return self._known_currency

    def _said(self, call: str, message: str) -> Said:
        return self._client.said(call, message)


def _is_set(digits: Any) -> bool:
    return digits is not None and int(digits) > 0


def _why_no_daily_budget(level: Level, row: Row) -> str:
    if _is_set(row.get("lifetime_budget")):
        return f"this {level.value} has a lifetime budget, and the kind of a budget cannot be changed"
    if level is Level.CAMPAIGN:
        return "this campaign has no budget of its own: its ad sets carry theirs"
    return "this ad set has no budget of its own: its campaign carries it"
