"""Changes to campaigns, line items and promoted tweets: read before, sent once, checked against X's own answer.

X has no idempotency keys, so every create first looks for what it is about to make. Promoted tweets cannot be edited on
X at all. What is new is put together in `connectors.x_ads.drafts` and `connectors.x_ads.promotions`.
"""

from collections.abc import Iterable

from connectors.ad_platform import (
    AccountRef,
    AdControl,
    AdDraft,
    AdGroupDraft,
    AudienceReceipt,
    CampaignDraft,
    CreativeDraft,
    Level,
    Money,
    ObjectState,
    Ports,
    Row,
    Status,
)
from connectors.taxonomy import Conflict, NotSupported, Rejected
from connectors.x_ads.audiences import Audiences
from connectors.x_ads.drafts import Drafts
from connectors.x_ads.lookup import Lookup
from connectors.x_ads.money import to_micros
from connectors.x_ads.promotions import Promotions
from connectors.x_ads.states import EDGES, SETTABLE, status_of
from connectors.x_ads.wire import Wire

_RECREATE = "Promote the tweet again in a new line item, or pause its line item; X cannot change a promoted tweet."


class XControl(AdControl):
    def __init__(self, account: AccountRef, ports: Ports) -> None:
        self._wire = Wire(account, ports)
        self._lookup = Lookup(self._wire)
        self._drafts = Drafts(self._wire, self._lookup, clock=ports.clock)
        self._promotions = Promotions(self._wire, self._lookup)
        self._audiences = Audiences(self._wire, self._lookup)

    def read(self, level: Level, object_id: str) -> ObjectState:
        return self._lookup.read(level, object_id)

    def find_by_name(self, level: Level, name: str) -> ObjectState | None:
        return self._lookup.by_name(level, name)

    def set_status(self, level: Level, object_id: str, status: Status) -> None:
        path = self._path(level, object_id)
        if status is Status.DELETED:
            self._check(path, self._wire.write("DELETE", path), status)
            return
        if level is Level.AD:
            raise NotSupported(
                self._wire.said(f"PUT {path}", "promoted tweets have no status to set"), remedy=_RECREATE
            )
        if status not in SETTABLE:
            raise NotSupported(self._wire.said(f"PUT {path}", f"X has no status {status.value!r} to set"))
        self._check(path, self._wire.write("PUT", path, {"entity_status": SETTABLE[status]}), status)

    def set_daily_budget(self, level: Level, object_id: str, budget: Money) -> None:
        path = self._path(level, object_id)
        if level is Level.AD:
            raise NotSupported(self._wire.said(f"PUT {path}", "promoted tweets have no budget"))
        before = self.read(level, object_id)
        if before.daily_budget is None:
            other = "its campaign" if level is Level.AD_GROUP else "its line items"
            said = self._wire.said(f"PUT {path}", f"this {EDGES[level].title} carries no daily budget")
            raise Rejected(said, remedy=f"Set the budget of {other}, where the money is.")
        said = self._wire.said(f"PUT {path}", "the budget was not sent")
        micros = to_micros(budget, currency=before.daily_budget.currency, said=said)
        answer = self._wire.write("PUT", path, {"daily_budget_amount_local_micro": str(micros)})
        if answer.get("daily_budget_amount_local_micro") != micros:
            now = answer.get("daily_budget_amount_local_micro")
            raise Conflict(self._wire.said(f"PUT {path}", f"asked for {micros} micros, and X says it is {now}"))

    def create_campaign(self, draft: CampaignDraft) -> str:
        return self._drafts.campaign(draft)

    def create_ad_group(self, draft: AdGroupDraft) -> str:
        return self._drafts.line_item(draft)

    def create_creative(self, draft: CreativeDraft) -> str:
        return self._promotions.tweet(draft)

    def create_ad(self, draft: AdDraft) -> str:
        return self._promotions.promoted_tweet(draft)

    def sync_audience(self, audience_id: str, *, add: Iterable[str], remove: Iterable[str]) -> AudienceReceipt:
        return self._audiences.sync(audience_id, add=add, remove=remove)

    def create_audience(self, name: str) -> str:
        return self._audiences.create(name)

    def _path(self, level: Level, object_id: str) -> str:
        return self._wire.account_path(f"{EDGES[level].path}/{object_id}")

    def _check(self, path: str, answer: Row, wanted: Status) -> None:
        if status_of(answer) is not wanted:
            found = status_of(answer).value
            raise Conflict(self._wire.said(path, f"asked for {wanted.value}, and X says it is {found}"))
