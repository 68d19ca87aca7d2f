"""New campaigns and line items. Each is looked for first and made only when it is not there yet.

What X wants and a draft does not say is filled in the careful way: paused, ending after thirty days, never aimed wider
than asked. Platform fields in a draft's `extras` are passed as they are and win.
"""

from datetime import datetime, timedelta
from typing import Any

from connectors.ad_platform import (
    AdGroupDraft,
    CampaignDraft,
    Clock,
    Level,
    Money,
    Row,
    Status,
)
from connectors.taxonomy import BudgetGone, NotSupported, Rejected
from connectors.x_ads.account_calendar import x_instant
from connectors.x_ads.lookup import Lookup
from connectors.x_ads.money import to_micros
from connectors.x_ads.params import texts
from connectors.x_ads.states import SETTABLE, status_of
from connectors.x_ads.wire import Wire

RUNS_FOR = timedelta(days=30)  # X insists on an end; a draft without one gets this
USUAL_LINE_ITEM = {"objective": "WEBSITE_CLICKS", "product_type": "PROMOTED_TWEETS", "placements": "ALL_ON_TWITTER"}


class Drafts:
    def __init__(self, wire: Wire, lookup: Lookup, *, clock: Clock) -> None:
        self._wire = wire
        self._lookup = lookup
        self._clock = clock
        self._places: dict[str, str] = {}

    def campaign(self, draft: CampaignDraft) -> str:
        """X keeps the objective on line items: hand it in there, as extras['objective']."""
        existing = self._lookup.by_name(Level.CAMPAIGN, draft.name)
        if existing is not None:
            return existing.id
        payer = self._payer(draft.extras.get("funding_instrument_id"))
        params = {
            "name": draft.name,
            "funding_instrument_id": payer["id"],
            "entity_status": self._settable(draft.status),
        }
        if draft.daily_budget is None:
            params["budget_optimization"] = "LINE_ITEM"
        else:
            params |= self._budget(draft.daily_budget, currency=payer["currency"])
        return self._make("/campaigns", params | texts(draft.extras))["id"]

    def line_item(self, draft: AdGroupDraft) -> str:
        """Made paused, aimed, and only then set to run: a lost answer in between leaves nothing running unaimed."""
        present = self._lookup.named("/line_items", draft.name, campaign_ids=draft.campaign_id, with_draft="true")
        row = self._lookup.only(list(present), f"line items named {draft.name!r} in campaign {draft.campaign_id}")
        row = row or self._make("/line_items", self._line_item(draft))
        self._aim(row["id"], draft)
        if draft.status not in (Status.PAUSED, status_of(row)):
            path = self._wire.account_path(f"/line_items/{row['id']}")
            self._wire.write("PUT", path, {"entity_status": self._settable(draft.status)})
        return row["id"]

    def _line_item(self, draft: AdGroupDraft) -> dict[str, str]:
        starts_at = draft.starts_at or next_hour(self._clock())
        params = {
            **USUAL_LINE_ITEM,
            "name": draft.name,
            "campaign_id": draft.campaign_id,
            "start_time": x_instant(starts_at),
            "end_time": x_instant(draft.ends_at or starts_at + RUNS_FOR),
        }
        if draft.daily_budget is not None:
            campaign = self._lookup.read(Level.CAMPAIGN, draft.campaign_id)
            params |= self._budget(draft.daily_budget, currency=campaign.raw["currency"])
        return params | texts(draft.extras) | {"entity_status": "PAUSED"}

    def _aim(self, line_item_id: str, draft: AdGroupDraft) -> None:
        if not draft.countries:
            return
        path = self._wire.account_path("/targeting_criteria")
        present = {row["targeting_value"] for row in self._wire.pages(path, {"line_item_ids": line_item_id})}
        for country in draft.countries:
            place = self._place(country)
            if place not in present:
                aim = {"line_item_id": line_item_id, "targeting_type": "LOCATION", "targeting_value": place}
                self._wire.write("POST", path, aim)

    def _place(self, country: str) -> str:
        """X's own id of a country. All are asked for at once: X allows five such calls in a quarter of an hour."""
        if not self._places:
            rows = self._wire.pages("targeting_criteria/locations", {"location_type": "COUNTRIES"})
            self._places = {row["country_code"]: row["targeting_value"] for row in rows}
        if country not in self._places:
            said = self._wire.said("GET targeting_criteria/locations", f"X knows no country {country!r}")
            raise Rejected(said, remedy="Use ISO 3166 codes of two capital letters.")
        return self._places[country]

    def _payer(self, wanted: Any) -> Row:
        rows = list(self._wire.pages(self._wire.account_path("/funding_instruments")))
        if wanted is not None:
            rows = [row for row in rows if row["id"] == wanted]
        able = [row for row in rows if row.get("able_to_fund")]
        if not able:
            raise BudgetGone(self._wire.said("GET funding_instruments", "no funding instrument can pay"))
        if len(able) > 1:
            said = self._wire.said("GET funding_instruments", f"there are {len(able)} that can pay")
            raise Rejected(said, remedy="Name one of them as extras['funding_instrument_id'].")
        return able[0]

    def _budget(self, budget: Money, *, currency: str) -> dict[str, str]:
        said = self._wire.said("POST", "the budget was not sent")
        return {"daily_budget_amount_local_micro": str(to_micros(budget, currency=currency, said=said))}

    def _settable(self, status: Status) -> str:
        if status not in SETTABLE:
            raise NotSupported(self._wire.said("POST", f"nothing on X starts as {status.value!r}"))
        return SETTABLE[status]

    def _make(self, path: str, params: dict[str, str]) -> Any:
        return self._wire.write("POST", self._wire.account_path(path), params)


def next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
