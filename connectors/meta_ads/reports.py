"""Reading an ad account: its objects, archived and deleted ones included, and its days.

The days of ads come through report jobs; the account's own are a row a day, and one plain question answers them.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.ad_platform import AccountProfile, Ask, DayWindow, Reports, Row
from connectors.meta_ads.client import MetaClient
from connectors.meta_ads.report_jobs import RESULT_PAGE_SIZE, report
from connectors.meta_ads.schemas import FIELDS
from connectors.taxonomy import NotFound, Rejected
from connectors.transport import split_on_demand

Answers = Callable[[MetaClient, Mapping[str, Any]], list[Row]]

# Asking for every status is what makes the platform show archived and deleted objects.
_CAMPAIGN_STATUSES = ("ACTIVE", "PAUSED", "ARCHIVED", "DELETED", "IN_PROCESS", "WITH_ISSUES")
_AD_SET_STATUSES = (*_CAMPAIGN_STATUSES, "CAMPAIGN_PAUSED")
_AD_STATUSES = (
    *_AD_SET_STATUSES,
    "ADSET_PAUSED",
    "DISAPPROVED",
    "PENDING_REVIEW",
    "PENDING_BILLING_INFO",
    "PREAPPROVED",
)
_LISTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "campaigns": ("campaigns", "campaign", _CAMPAIGN_STATUSES),
    "ad_groups": ("adsets", "adset", _AD_SET_STATUSES),
    "ads": ("ads", "ad", _AD_STATUSES),
}
# Named outright, because the windows of "value" depend on each ad set's own setting.
ATTRIBUTION_WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view")


class MetaReports(Reports):
    def __init__(self, client: MetaClient) -> None:
        self._client = client

    def profile(self) -> AccountProfile:
        row = self._account()
        return AccountProfile(
            account_id=self._client.account_id,
            name=str(row.get("name") or ""),
            currency=str(row["currency"]),
            timezone=str(row["timezone_name"]),
        )

    def rows(self, ask: Ask) -> Iterator[Row]:
        if ask.entity == "accounts":
            yield self._account()
        elif ask.entity in _LISTS:
            edge, prefix, statuses = _LISTS[ask.entity]
            yield from self._client.pages(
                f"{self._client.node}/{edge}",
                {"fields": FIELDS[ask.entity], "filtering": [_in(f"{prefix}.effective_status", statuses)]},
            )
        elif ask.entity == "creatives":
            yield from self._client.pages(f"{self._client.node}/adcreatives", {"fields": FIELDS["creatives"]})
        elif ask.entity == "ad_daily":
            every_ad = {"breakdowns": ["publisher_platform"], "filtering": _EVERY_AD}
            yield from self._days(ask, report, level="ad", **every_ad)
        elif ask.entity == "account_daily":
            yield from self._days(ask, _plainly, level="account")
        else:
            raise Rejected(self._client.said("rows", f"there is no entity {ask.entity!r}"))

    def requests_made(self) -> int:
        return self._client.transport.usage.requests

    def _account(self) -> Row:
        row = self._client.get(self._client.node, {"fields": FIELDS["accounts"]})
        if not isinstance(row, dict) or "currency" not in row or "timezone_name" not in row:
            raise NotFound(self._client.said(f"GET {self._client.node}", "the answer describes no ad account"))
        return row

    def _days(self, ask: Ask, answers: Answers, **more: Any) -> Iterator[Row]:
        if ask.window is None:
            raise Rejected(self._client.said(ask.entity, "a window of days is needed"))

        def fetch(window: DayWindow) -> list[Row]:
            last = window.until - timedelta(days=1)  # the platform's range includes its end
            question = {
                "fields": FIELDS[ask.entity],
                "time_range": {"since": window.since.isoformat(), "until": last.isoformat()},
                "time_increment": 1,
                "action_attribution_windows": ATTRIBUTION_WINDOWS,
                "action_breakdowns": ["action_type"],
                **more,
            }
            return answers(self._client, question)

        yield from split_on_demand(ask.window, fetch, back_off=self._client.transport.back_off)


def _plainly(client: MetaClient, question: Mapping[str, Any]) -> list[Row]:
    return list(client.pages(f"{client.node}/insights", question, page_size=RESULT_PAGE_SIZE))


def _in(field: str, values: tuple[str, ...]) -> dict[str, Any]:
    return {"field": field, "operator": "IN", "value": values}


_EVERY_AD = [_in("ad.effective_status", _AD_STATUSES)]
