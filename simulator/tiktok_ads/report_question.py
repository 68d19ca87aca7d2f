"""What a report asks for, and the rules that refuse a question: levels, dimensions, spans, filters.

The same question is asked synchronously (a query string) and as a task (a JSON body); the answer is in `report_rows`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from simulator.tiktok_ads.call import Call
from simulator.tiktok_ads.envelope import invalid
from simulator.tiktok_ads.lists import MOST_IDS_IN_A_FILTER
from simulator.tiktok_ads.parameters import Parameters
from simulator.world.model import AdAccount

LEVEL_IDS = {
    "AUCTION_ADVERTISER": "advertiser_id",
    "AUCTION_CAMPAIGN": "campaign_id",
    "AUCTION_ADGROUP": "adgroup_id",
    "AUCTION_AD": "ad_id",
}
_LEVEL_STATUS = {
    "AUCTION_CAMPAIGN": "campaign_status",
    "AUCTION_ADGROUP": "adgroup_status",
    "AUCTION_AD": "ad_status",
}
_REPORT_TYPES = ("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP")
_TIME_DIMENSIONS = ("stat_time_day", "stat_time_hour")
_AUDIENCE_DIMENSIONS = (
    "gender",
    "age",
    "country_code",
    "province_id",
    "language",
    "platform",
    "placement",
    "ac",
    "interest_category",
    "device_brand_id",
)
_ID_FILTERS = {"campaign_ids": "campaign_id", "adgroup_ids": "adgroup_id", "ad_ids": "ad_id"}
_STATUSES = ("STATUS_ALL", "STATUS_NOT_DELETE", "STATUS_DELETE", "STATUS_DELIVERY_OK", "STATUS_DISABLE")
_LONGEST_DAILY, _LONGEST_HOURLY, _LONGEST = 30, 1, 365


@dataclass(frozen=True, kw_only=True)
class Question:
    accounts: tuple[AdAccount, ...]
    level: str
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    since: date | None  # None: everything there ever was
    until: date | None  # exclusive here, inclusive on the wire
    status: str  # which objects of the level count
    ids: Mapping[str, frozenset[str]]  # id column → the only ids wanted
    order_field: str | None
    descending: bool
    total_metrics: bool
    holds_data: bool  # False: a kind of report of which the practice world has nothing

    @property
    def time_dimension(self) -> str | None:
        return next((name for name in self.dimensions if name in _TIME_DIMENSIONS), None)


def question_of(call: Call) -> Question:
    asked = call.parameters
    report_type = asked.choice("report_type", _REPORT_TYPES)
    asked.choice("service_type", ("AUCTION", "RESERVATION"), default="AUCTION")
    asked.boolean("multi_adv_report_in_utc_time")
    dimensions = tuple(asked.texts("dimensions", required=True))
    level = asked.choice("data_level", LEVEL_IDS, default="AUCTION_ADVERTISER" if report_type != "BASIC" else None)
    _check_dimensions(dimensions, report_type=report_type, level=level)
    since, until = _span(asked, dimensions)
    status, ids = _filters(asked, level)
    metrics = tuple(asked.texts("metrics")) or ("spend", "impressions")
    order_field = asked.optional_text("order_field")
    if order_field is not None and order_field not in (*metrics, *dimensions):
        raise invalid("order_field: Must be one of the requested metrics.")
    return Question(
        accounts=_accounts(call),
        level=level,
        dimensions=dimensions,
        metrics=metrics,
        since=since,
        until=until,
        status=status,
        ids=ids,
        order_field=order_field,
        descending=asked.choice("order_type", ("ASC", "DESC"), default="DESC") == "DESC",
        total_metrics=asked.boolean("enable_total_metrics"),
        holds_data=report_type == "BASIC" and asked.optional_text("service_type") != "RESERVATION",
    )


def _accounts(call: Call) -> tuple[AdAccount, ...]:
    several = call.parameters.texts("advertiser_ids", most=5)
    if "advertiser_id" in call.parameters:
        return (call.account,)
    if not several:
        raise invalid("advertiser_id: Missing data for required field.")
    return tuple(call.account_named(each) for each in several)


def _check_dimensions(dimensions: tuple[str, ...], *, report_type: str, level: str) -> None:
    allowed = (*LEVEL_IDS.values(), *_TIME_DIMENSIONS) + (_AUDIENCE_DIMENSIONS if report_type != "BASIC" else ())
    if unknown := [name for name in dimensions if name not in allowed]:
        raise invalid(f"dimensions: {', '.join(unknown)} not supported for {report_type} reports.")
    ids = [name for name in dimensions if name in LEVEL_IDS.values()]
    if ids != [LEVEL_IDS[level]]:
        raise invalid(f"dimensions: {level} needs exactly one ID dimension, {LEVEL_IDS[level]}.")
    if sum(name in _TIME_DIMENSIONS for name in dimensions) > 1:
        raise invalid("dimensions: Only one time dimension is allowed.")


def _span(asked: Parameters, dimensions: tuple[str, ...]) -> tuple[date | None, date | None]:
    if asked.boolean("query_lifetime"):
        if any(name in _TIME_DIMENSIONS for name in dimensions):
            raise invalid("query_lifetime: Not supported with a time dimension.")
        return None, None
    start, end = asked.day("start_date"), asked.day("end_date")
    if end < start:
        raise invalid("end_date: Must not be earlier than start_date.")
    days = (end - start).days + 1
    longest = (
        _LONGEST_HOURLY
        if "stat_time_hour" in dimensions
        else _LONGEST_DAILY
        if "stat_time_day" in dimensions
        else _LONGEST
    )
    if days > longest:
        raise invalid(f"The time span of {days} days exceeds the maximum of {longest} days for these dimensions.")
    return start, end + timedelta(days=1)


def _filters(asked: Parameters, level: str) -> tuple[str, dict[str, frozenset[str]]]:
    status = "STATUS_NOT_DELETE"
    ids: dict[str, frozenset[str]] = {}
    for each in asked.objects("filtering"):
        name = each.get("field_name")
        if each.get("filter_type") != "IN" or not isinstance(name, str):
            raise invalid("filtering: Every filter needs a field_name and the filter_type IN.")
        values = _filter_values(name, each.get("filter_value"))
        if name in _ID_FILTERS:
            if len(values) > MOST_IDS_IN_A_FILTER:
                raise invalid(f"filtering: {name} Longer than maximum length {MOST_IDS_IN_A_FILTER}.")
            ids[_ID_FILTERS[name]] = frozenset(values)
        elif name in _LEVEL_STATUS.values():
            if len(values) != 1 or values[0] not in _STATUSES:
                raise invalid(f"filtering: {name} Must be one of {', '.join(_STATUSES)}.")
            if name == _LEVEL_STATUS.get(level):
                status = values[0]
        else:
            raise invalid(f"filtering: Unknown field_name {name}.")
    return status, ids


def _filter_values(name: str, text: Any) -> list[str]:
    """The value is JSON text inside JSON: "[\\"STATUS_ALL\\"]"."""
    try:
        values = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        values = None
    if not isinstance(values, list):
        raise invalid(f"filtering: filter_value of {name} must be a JSON list written as text.")
    return [str(value) for value in values]
