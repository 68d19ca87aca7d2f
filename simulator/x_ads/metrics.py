"""What one ad's day amounts to in X's metrics, group by group, and how buckets of them become X's arrays.

Amounts are integers (money in micros), so sums and the spread over hours lose nothing. Metrics of web conversions are
named `conversion_purchases.sale_amount` here and nested when they are written out.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from simulator.world.model import AccountDay, AdDay, Claimed
from simulator.x_ads.envelope import Json
from simulator.x_ads.params import to_micros

Measures = dict[str, int]

CONVERSIONS = {
    "purchase": "conversion_purchases",
    "sign_up": "conversion_sign_ups",
    "add_to_cart": "conversion_add_to_carts",
}
CONVERSION_PARTS = (
    "metric", "assisted", "post_view", "post_engagement", "order_quantity", "order_quantity_view",
    "order_quantity_engagement", "sale_amount", "sale_amount_view", "sale_amount_engagement",
)  # fmt: skip
GROUPS: Mapping[str, tuple[str, ...]] = {
    "ENGAGEMENT": (
        "impressions", "clicks", "url_clicks", "engagements", "likes", "retweets", "replies", "follows",
        "card_engagements", "app_clicks", "qualified_impressions", "carousel_swipes", "unfollows",
    ),
    "BILLING": ("billed_charge_local_micro", "billed_engagements"),
    "VIDEO": (
        "video_total_views", "video_views_25", "video_views_50", "video_views_75", "video_views_100",
        "video_cta_clicks", "video_content_starts", "video_3s100pct_views", "video_6s_views", "video_15s_views",
    ),
    "WEB_CONVERSION": (
        "conversion_purchases", "conversion_sign_ups", "conversion_add_to_carts", "conversion_site_visits",
        "conversion_downloads", "conversion_custom",
    ),
    "MOBILE_CONVERSION": ("mobile_conversion_installs", "mobile_conversion_purchases"),
    "LIFE_TIME_VALUE_MOBILE_CONVERSION": ("mobile_conversion_lifetime_value_purchases",),
}  # fmt: skip


def of_ad_day(day: AdDay) -> Measures:
    others = max(0, day.engagements - day.clicks)
    views = day.video_views
    found = {
        "impressions": day.impressions,
        "clicks": day.clicks,
        "url_clicks": day.link_clicks,
        "card_engagements": day.link_clicks,
        "engagements": day.engagements,
        "retweets": others // 5,
        "replies": others // 10,
        "follows": others // 20,
        "likes": others - others // 5 - others // 10 - others // 20,
        "billed_charge_local_micro": to_micros(day.spend) or 0,
        "billed_engagements": day.clicks,
        "video_total_views": views,
        "video_content_starts": views * 3 // 2,
        "video_views_25": views * 4 // 5,
        "video_views_50": views // 2,
        "video_views_75": views * 3 // 10,
        "video_views_100": views // 5,
        "video_3s100pct_views": views * 2 // 3,
        "video_6s_views": views * 2 // 5,
        "video_15s_views": views // 4,
    }
    for kind, claimed in day.claims.items():
        if kind in CONVERSIONS:
            found |= {f"{CONVERSIONS[kind]}.{part}": n for part, n in of_claim(claimed).items()}
    return found


def of_claim(claimed: Claimed) -> Measures:
    """X's usual setting: 30 days after an engagement, one day after a view."""
    engaged, viewed = claimed.click_28d, claimed.view_1d
    engaged_value, viewed_value = to_micros(claimed.value_click_28d) or 0, to_micros(claimed.value_view_1d) or 0
    return {
        "metric": engaged + viewed,
        "post_engagement": engaged,
        "post_view": viewed,
        "order_quantity": engaged + viewed,
        "order_quantity_engagement": engaged,
        "order_quantity_view": viewed,
        "sale_amount": engaged_value + viewed_value,
        "sale_amount_engagement": engaged_value,
        "sale_amount_view": viewed_value,
    }


def unexplained(day: AccountDay, ads: Sequence[Measures]) -> Measures:
    """What the account's own total holds beyond its ads; it is told at account and funding level only."""
    total = {
        "impressions": day.impressions,
        "clicks": day.clicks,
        "billed_charge_local_micro": to_micros(day.spend) or 0,
    }
    return {name: number - sum(each.get(name, 0) for each in ads) for name, number in total.items()}


def add(into: Measures, more: Measures) -> None:
    for name, number in more.items():
        into[name] = into.get(name, 0) + number


def over_hours(measures: Measures, shares: Sequence[float]) -> list[Measures]:
    """A day's numbers spread over its hours; the hours add up to the day exactly."""
    ends = [min(1.0, end) for end in accumulate(shares)]
    ends[-1] = 1.0
    hours: list[Measures] = [{} for _ in shares]
    for name, number in measures.items():
        done = 0
        for hour, end in zip(hours, ends, strict=True):
            reached = number if end >= 1.0 else round(number * end)
            hour[name], done = reached - done, reached
    return hours


def written(groups: Sequence[str], buckets: Sequence[Measures]) -> Json:
    """Arrays with one number for each bucket; null where all of them are zero."""
    shown: Json = {}
    for group in groups:
        for name in GROUPS[group]:
            if group == "WEB_CONVERSION":
                parts = {part: series(f"{name}.{part}", buckets) for part in CONVERSION_PARTS}
                shown[name] = parts if any(values is not None for values in parts.values()) else None
            else:
                shown[name] = series(name, buckets)
    return shown


def series(name: str, buckets: Sequence[Measures]) -> list[int] | None:
    values = [bucket.get(name, 0) for bucket in buckets]
    return values if any(values) else None
