"""Changing an advertiser's campaigns: each verb checks what it can before it asks, and says plainly why it will not.

A create carries a number that follows from its draft, so a repeat is refused by the platform and read back here.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, NoReturn

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
from connectors.taxonomy import Conflict, NotFound, NotSupported, OutcomeUnknown, Rejected
from connectors.tiktok_ads import audiences, drafts
from connectors.tiktok_ads.budgets import UnusableBudget, amount_on_the_wire
from connectors.tiktok_ads.client import TikTokClient
from connectors.tiktok_ads.drafts import IncompleteDraft
from connectors.tiktok_ads.reports import TikTokReports
from connectors.tiktok_ads.states import PLACES, SWITCHES, state_of

RequestId = Callable[[Level, str], str]  # level and name → the number that makes a create idempotent


class TikTokControl(AdControl):
    def __init__(self, client: TikTokClient, *, request_id: RequestId) -> None:
        self._client = client
        self._request_id = request_id

    @cached_property
    def _currency(self) -> str:
        return TikTokReports(self._client).currency()

    def read(self, level: Level, object_id: str) -> ObjectState:
        place = PLACES[level]
        for row in self._list(level, {place.ids_field: [object_id]}):
            return state_of(level, row, currency=self._currency)
        raise NotFound(self._client.said(f"read {level.value}", f"there is no {level.value} {object_id}"))

    def find_by_name(self, level: Level, name: str) -> ObjectState | None:
        """The platform matches fragments; only the very name counts, and what still exists precedes what is gone."""
        place = PLACES[level]
        rows = self._list(level, {place.name_field: name})
        found = [state_of(level, row, currency=self._currency) for row in rows if row.get(place.name_field) == name]
        found.sort(key=lambda state: state.status is Status.DELETED)
        return found[0] if found else None

    def set_status(self, level: Level, object_id: str, status: Status) -> None:
        if status not in SWITCHES:
            said = self._client.said(f"set status of {level.value}", f"TikTok has no status {status.value!r}")
            raise NotSupported(said, remedy="Pause or delete it instead.")
        place = PLACES[level]
        data = self._client.post(
            f"{place.path}/status/update",
            {place.ids_field: [object_id], "operation_status": SWITCHES[status]},
        )
        if object_id not in [str(each) for each in data.get(place.ids_field, [])]:
            said = self._client.said(f"{place.path}/status/update", f"the answer does not name {object_id}")
            raise OutcomeUnknown(said)

    def set_daily_budget(self, level: Level, object_id: str, budget: Money) -> None:
        amount = self._amount(level, budget)
        state = self.read(level, object_id)
        if state.daily_budget is None:
            mode = state.raw.get("budget_mode")
            said = self._client.said("set budget", f"{level.value} {object_id} carries no daily budget ({mode})")
            raise Rejected(said, remedy="Set the budget on the level that carries it; TikTok cannot move it.")
        place = PLACES[level]
        self._client.post(f"{place.path}/update", {place.id_field: object_id, "budget": amount})

    def create_campaign(self, draft: CampaignDraft) -> str:
        budget = self._amount(Level.CAMPAIGN, draft.daily_budget)
        request_id = self._request_id(Level.CAMPAIGN, draft.name)
        return self._create(
            Level.CAMPAIGN, draft.name, drafts.campaign_body(draft, budget=budget, request_id=request_id)
        )

    def create_ad_group(self, draft: AdGroupDraft) -> str:
        budget = self._amount(Level.AD_GROUP, draft.daily_budget)
        campaign = self.read(Level.CAMPAIGN, draft.campaign_id)
        try:
            body = drafts.ad_group_body(
                draft,
                budget=budget,
                objective_type=str(campaign.raw.get("objective_type", "")),
                now=self._client.now(),
                request_id=self._request_id(Level.AD_GROUP, draft.name),
            )
        except IncompleteDraft as error:
            self._refuse("create ad group", error)
        return self._create(Level.AD_GROUP, draft.name, body)

    def create_creative(self, draft: CreativeDraft) -> str:
        said = self._client.said("create creative", "TikTok has no creatives of their own")
        raise NotSupported(said, remedy="Hand the creative to create_ad; the ad carries it.")

    def create_ad(self, draft: AdDraft) -> str:
        try:
            body = drafts.ad_body(draft)
        except IncompleteDraft as error:
            self._refuse("create ad", error)
        data = self._client.post("ad/create", body)
        return self._only([str(each) for each in data.get("ad_ids", ())], "ad/create")

    def create_audience(self, name: str) -> str:
        return audiences.create_audience(self._client, name)

    def sync_audience(self, audience_id: str, *, add: Iterable[str], remove: Iterable[str]) -> AudienceReceipt:
        return audiences.sync_audience(self._client, audience_id, add=add, remove=remove)

    def _list(self, level: Level, filters: Mapping[str, Any]) -> list[Row]:
        place = PLACES[level]
        filtering = {"secondary_status": place.everything, **filters}
        return list(self._client.pages(f"{place.path}/get", {"filtering": filtering}))

    def _create(self, level: Level, name: str, body: Mapping[str, Any]) -> str:
        place = PLACES[level]
        try:
            data = self._client.post(f"{place.path}/create", body)
        except Conflict:
            found = self.find_by_name(level, name)
            if found is None:
                raise
            return found.id
        return self._only([str(data[place.id_field])] if place.id_field in data else [], f"{place.path}/create")

    def _only(self, ids: list[str], call: str) -> str:
        if len(ids) != 1:
            raise OutcomeUnknown(self._client.said(call, f"the answer names {len(ids)} objects instead of one"))
        return ids[0]

    def _amount(self, level: Level, budget: Money | None) -> int | float | None:
        if budget is None:
            return None
        try:
            return amount_on_the_wire(budget, level=level, account_currency=self._currency)
        except UnusableBudget as error:
            self._refuse("set budget", error)

    def _refuse(self, call: str, error: ValueError) -> NoReturn:
        raise Rejected(self._client.said(call, str(error)), remedy="Correct the draft; nothing was sent.") from error
