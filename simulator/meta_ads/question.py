"""What an insights request asks: which days, in which steps, at which level, split by what. Wrong parameters end here.

The numbers that answer it are worked out in `simulator.meta_ads.insights`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from simulator.meta_ads.errors import GraphError, beyond_history, invalid
from simulator.meta_ads.request import GraphRequest

InsightsLevel = Literal["account", "campaign", "adset", "ad"]
LEVELS: tuple[InsightsLevel, ...] = ("account", "campaign", "adset", "ad")

PUBLISHER = "publisher_platform"
HOURLY = "hourly_stats_aggregated_by_advertiser_time_zone"
# Known to the platform and not to the practice world: rows come back whole, with "unknown" in that column.
_UNMODELLED = frozenset(
    {
        *("platform_position", "impression_device", "device_platform", "age", "gender", "country", "region"),
        *("comscore_market", "app_id", "product_id", "frequency_value", "media_type", "skan_conversion_id"),
        *("image_asset", "video_asset", "title_asset", "body_asset", "link_url_asset", "description_asset"),
        *("call_to_action_asset", "hourly_stats_aggregated_by_audience_time_zone"),
    }
)
_WINDOWS = frozenset({"1d_click", "7d_click", "28d_click", "1d_view", "1d_ev", "dda", "default"})
_GONE_WINDOWS = frozenset({"7d_view", "28d_view"})  # accepted, and without any data since January 2026
_ACTION_BREAKDOWNS = frozenset(
    {
        *("action_type", "action_target_id", "action_destination", "action_device", "action_reaction"),
        *("action_video_sound", "action_video_type", "action_carousel_card_id", "action_carousel_card_name"),
        *("action_canvas_component_name", "conversion_destination", "signal_source_bucket"),
    }
)
_HISTORY_MONTHS = 37


@dataclass(frozen=True)
class Days:
    """Account-local days, both ends included, as the platform counts them."""

    first: date
    last: date

    @property
    def until(self) -> date:
        return self.last + timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Question:
    level: InsightsLevel
    spans: tuple[Days, ...]
    increment: int | Literal["all_days", "monthly"]
    fields: tuple[str, ...]
    breakdowns: tuple[str, ...]
    windows: tuple[str, ...]
    filters: tuple[Mapping[str, Any], ...]
    sort: tuple[str, ...]


def read_question(request: GraphRequest, *, own_level: InsightsLevel, today: date) -> Question:
    level = request.text("level") or own_level
    if level not in LEVELS or LEVELS.index(level) < LEVELS.index(own_level):
        raise invalid(f"level must be one of the following values: {', '.join(LEVELS)}", "level")
    for filter_ in request.items("filtering"):
        if not isinstance(filter_, dict) or not {"field", "operator"} <= set(filter_):
            raise invalid("Param filtering must be an array of {field, operator, value}", "filtering")
    return Question(
        level=level,
        spans=tuple(_spans(request, today)),
        increment=_increment(request.text("time_increment")),
        fields=tuple(request.fields) or ("account_id", "impressions", "spend"),
        breakdowns=_known(request, "breakdowns", _UNMODELLED | {PUBLISHER, HOURLY}),
        windows=_windows(request),
        filters=tuple(request.items("filtering")),
        sort=tuple(str(each) for each in request.items("sort")),
    )


def _known(request: GraphRequest, name: str, allowed: frozenset[str] | set[str]) -> tuple[str, ...]:
    values = [str(value) for value in request.items(name)]
    for value in values:
        if value not in allowed:
            raise invalid(f"{name}[0] must be one of the following values: {', '.join(sorted(allowed))}", name)
    return tuple(values)


def _windows(request: GraphRequest) -> tuple[str, ...]:
    _known(request, "action_breakdowns", _ACTION_BREAKDOWNS)
    windows = _known(request, "action_attribution_windows", _WINDOWS | _GONE_WINDOWS | _skan(request))
    return tuple(window for window in windows if window in _WINDOWS)


def _skan(request: GraphRequest) -> set[str]:
    names = {str(value) for value in request.items("action_attribution_windows")}
    return {name for name in names if name.startswith(("skan_", "incrementality"))}


def _increment(text: str | None) -> int | Literal["all_days", "monthly"]:
    if text in (None, "all_days"):
        return "all_days"
    if text == "monthly":
        return "monthly"
    if re.fullmatch(r"\d+", text) and 1 <= int(text) <= 90:
        return int(text)
    raise invalid("time_increment must be monthly, all_days or a number from 1 to 90", "time_increment")


def _spans(request: GraphRequest, today: date) -> list[Days]:
    ranges = request.items("time_ranges") or ([one] if (one := request.mapping("time_range")) is not None else [])
    if not ranges:
        return [_preset(request.text("date_preset") or "last_30d", today)]
    return [_range(each, today) for each in ranges]


def _range(given: Any, today: date) -> Days:
    if not isinstance(given, dict) or not {"since", "until"} <= set(given):
        raise invalid("Must be a time range with since and until", "time_range")
    try:
        days = Days(date.fromisoformat(str(given["since"])), date.fromisoformat(str(given["until"])))
    except ValueError:
        raise invalid("time_range[since] and time_range[until] must be YYYY-MM-DD", "time_range") from None
    if days.first > days.last:
        raise invalid("time_range[since] must not be later than time_range[until]", "time_range")
    if days.first < _months_back(today, _HISTORY_MONTHS):
        raise beyond_history()
    return days


def _months_back(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 - months
    first = date(place // 12, place % 12 + 1, 1)
    following = (first + timedelta(days=32)).replace(day=1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def _preset(name: str, today: date) -> Days:
    yesterday = today - timedelta(days=1)
    month = today.replace(day=1)
    monday = today - timedelta(days=today.weekday())
    fixed: dict[str, Days] = {
        "today": Days(today, today),
        "yesterday": Days(yesterday, yesterday),
        "this_month": Days(month, today),
        "last_month": Days((month - timedelta(days=1)).replace(day=1), month - timedelta(days=1)),
        "this_week_mon_today": Days(monday, today),
        "last_week_mon_sun": Days(monday - timedelta(days=7), monday - timedelta(days=1)),
        "this_year": Days(today.replace(month=1, day=1), today),
        "maximum": Days(_months_back(today, _HISTORY_MONTHS), today),
        "data_maximum": Days(_months_back(today, _HISTORY_MONTHS), today),
    }
    if name in fixed:
        return fixed[name]
    if match := re.fullmatch(r"last_(3|7|14|28|30|90)d", name):
        return Days(today - timedelta(days=int(match[1])), yesterday)
    known: GraphError = invalid(f"date_preset {name} is not one of the allowed values", "date_preset")
    raise known


def stepped(span: Days, increment: int | Literal["all_days", "monthly"]) -> Sequence[Days]:
    if increment == "all_days":
        return [span]
    steps: list[Days] = []
    first = span.first
    while first <= span.last:
        if increment == "monthly":
            last = (first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        else:
            last = first + timedelta(days=increment - 1)
        steps.append(Days(first, min(last, span.last)))
        first = last + timedelta(days=1)
    return steps
