"""Reading an advertiser: its objects, deleted ones included, and its days, in questions TikTok is willing to answer.

A report covers at most thirty days; one that is too large is halved, one that is cut off is asked by campaigns.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from connectors.ad_platform import AccountProfile, Ask, DayWindow, Reports, Row
from connectors.entity_schema import EntitySchema
from connectors.taxonomy import NotFound, Rejected
from connectors.tiktok_ads.client import TikTokClient
from connectors.tiktok_ads.judging import CutOff
from connectors.tiktok_ads.schemas import ACCOUNT_DAILY, ACCOUNTS, AD_DAILY, CREATIVES, metrics_of
from connectors.transport import split_on_demand

_LONGEST_REPORT = timedelta(days=30)
_MOST_IDS_IN_A_FILTER = 100
_LISTS = {
    "campaigns": ("campaign/get", "CAMPAIGN_STATUS_ALL"),
    "ad_groups": ("adgroup/get", "ADGROUP_STATUS_ALL"),
    "ads": ("ad/get", "AD_STATUS_ALL"),
    "creatives": ("ad/get", "AD_STATUS_ALL"),
}
_EVERY_AD = {"field_name": "ad_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}


class TikTokReports(Reports):
    def __init__(self, client: TikTokClient) -> None:
        self._client = client

    def profile(self) -> AccountProfile:
        row = self._advertiser()
        return AccountProfile(
            account_id=self._client.advertiser_id,
            name=str(row.get("name") or ""),
            currency=str(row["currency"]),
            timezone=str(row.get("display_timezone") or row["timezone"]),
        )

    def currency(self) -> str:
        return str(self._advertiser()["currency"])

    def rows(self, ask: Ask) -> Iterator[Row]:
        if ask.entity == "accounts":
            yield self._advertiser()
        elif ask.entity in _LISTS:
            yield from self._objects(ask.entity)
        elif ask.entity == AD_DAILY.entity:
            yield from self._days(AD_DAILY, self._window(ask), level="AUCTION_AD", id_dimension="ad_id")
        elif ask.entity == ACCOUNT_DAILY.entity:
            level, dimension = "AUCTION_ADVERTISER", "advertiser_id"
            yield from self._days(ACCOUNT_DAILY, self._window(ask), level=level, id_dimension=dimension)
        else:
            raise Rejected(self._client.said("rows", f"there is no entity {ask.entity!r}"))

    def requests_made(self) -> int:
        return self._client.transport.usage.requests

    def _advertiser(self) -> Row:
        """The account's own row; unknown accounts are refused by the platform or simply left out of the list."""
        params = {"advertiser_ids": [self._client.advertiser_id], "fields": _fields(ACCOUNTS)}
        data = self._client.get("advertiser/info", params)
        for row in data.get("list") or ():
            if str(row.get("advertiser_id")) == self._client.advertiser_id:
                return row
        raise NotFound(self._client.said("advertiser/info", "the advertiser is not in the answer"))

    def _objects(self, entity: str) -> Iterator[Row]:
        path, everything = _LISTS[entity]
        params: dict[str, Any] = {"filtering": {"secondary_status": everything}}
        if entity == CREATIVES.entity:
            params["fields"] = _fields(CREATIVES)
        yield from self._client.pages(path, params)

    def _window(self, ask: Ask) -> DayWindow:
        if ask.window is None:
            raise Rejected(self._client.said(ask.entity, "a window of days is needed"))
        return ask.window

    def _days(self, schema: EntitySchema, window: DayWindow, *, level: str, id_dimension: str) -> Iterator[Row]:
        params: dict[str, Any] = {
            "report_type": "BASIC",
            "service_type": "AUCTION",
            "data_level": level,
            "dimensions": [id_dimension, "stat_time_day"],
            "metrics": list(metrics_of(schema)),
        }
        if level == "AUCTION_AD":
            params["filtering"] = [_EVERY_AD]
        for chunk in _chunks(window):
            yield from split_on_demand(
                chunk, lambda part: self._report(params, part), back_off=self._client.transport.back_off
            )

    def _report(self, params: dict[str, Any], window: DayWindow) -> list[Row]:
        last = window.until - timedelta(days=1)  # the platform's range includes its end
        dated = {**params, "start_date": window.since.isoformat(), "end_date": last.isoformat()}
        try:
            return list(self._client.pages("report/integrated/get", dated))
        except CutOff:
            if "filtering" not in params:
                raise
        campaigns = [str(row["campaign_id"]) for row in self._objects("campaigns")]
        return [
            row
            for start in range(0, len(campaigns), _MOST_IDS_IN_A_FILTER)
            for row in self._by_campaigns(dated, campaigns[start : start + _MOST_IDS_IN_A_FILTER])
        ]

    def _by_campaigns(self, dated: dict[str, Any], campaigns: Sequence[str]) -> list[Row]:
        """The rows of these campaigns, asked in halves until no answer is cut off."""
        ids = "[" + ",".join(f'"{each}"' for each in campaigns) + "]"
        only = {"field_name": "campaign_ids", "filter_type": "IN", "filter_value": ids}
        try:
            return list(self._client.pages("report/integrated/get", {**dated, "filtering": [_EVERY_AD, only]}))
        except CutOff:
            if len(campaigns) == 1:
                raise
            middle = len(campaigns) // 2
            return [*self._by_campaigns(dated, campaigns[:middle]), *self._by_campaigns(dated, campaigns[middle:])]


def _fields(schema: EntitySchema) -> list[str]:
    return [column.path.removeprefix("$.") for column in schema.columns]


def _chunks(window: DayWindow) -> Iterator[DayWindow]:
    since = window.since
    while since < window.until:
        until = min(since + _LONGEST_REPORT, window.until)
        yield DayWindow(since, until)
        since = until
