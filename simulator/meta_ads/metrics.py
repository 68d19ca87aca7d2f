"""Sums of delivery and claims, and how the platform writes them: texts for numbers, and nothing where there is nothing.

`actions` double-counts on purpose, as the platform does: one purchase stands under several overlapping names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from simulator.meta_ads.money import plain
from simulator.meta_ads.question import Days, Question
from simulator.world.model import AccountDay, AdAccount, AdDay, Claimed

_NAMES_OF_A_CLAIM = {
    "purchase": (
        "omni_purchase",
        "purchase",
        "offsite_conversion.fb_pixel_purchase",
        "web_in_store_purchase",
    ),
    "sign_up": (
        "omni_complete_registration",
        "complete_registration",
        "offsite_conversion.fb_pixel_complete_registration",
    ),
    "add_to_cart": ("omni_add_to_cart", "add_to_cart", "offsite_conversion.fb_pixel_add_to_cart"),
}
_MICRO = Decimal("0.000001")


@dataclass(frozen=True, kw_only=True)
class Sums:
    impressions: int = 0
    clicks: int = 0
    link_clicks: int = 0
    reach: int = 0
    engagements: int = 0
    video_views: int = 0
    spend: Decimal = Decimal(0)
    claims: Mapping[str, Claimed] = field(default_factory=dict)

    @classmethod
    def of_ad_day(cls, row: AdDay) -> "Sums":
        return cls(
            impressions=row.impressions,
            clicks=row.clicks,
            link_clicks=row.link_clicks,
            reach=row.reach,
            engagements=row.engagements,
            video_views=row.video_views,
            spend=row.spend,
            claims=row.claims,
        )

    @classmethod
    def of_account_day(cls, row: AccountDay) -> "Sums":
        return cls(impressions=row.impressions, clicks=row.clicks, reach=row.reach, spend=row.spend, claims=row.claims)

    @property
    def delivered(self) -> bool:
        return bool(self.impressions or self.spend or self.claims)

    def plus(self, other: "Sums") -> "Sums":
        claims = dict(self.claims)
        for kind, claimed in other.claims.items():
            claims[kind] = _added(claims[kind], claimed) if kind in claims else claimed
        return Sums(
            impressions=self.impressions + other.impressions,
            clicks=self.clicks + other.clicks,
            link_clicks=self.link_clicks + other.link_clicks,
            reach=self.reach + other.reach,
            engagements=self.engagements + other.engagements,
            video_views=self.video_views + other.video_views,
            spend=self.spend + other.spend,
            claims=claims,
        )

    def with_engagement_of(self, ads: "Sums") -> "Sums":
        return replace(self, link_clicks=ads.link_clicks, engagements=ads.engagements, video_views=ads.video_views)

    def spread(self, hours: Sequence[tuple[str, float]]) -> list[tuple[str, "Sums"]]:
        """Delivery over the hours of its day, adding up exactly; reach and claims are not told by the hour."""
        shares = [share for _, share in hours]
        impressions = _apportioned(self.impressions, shares)
        clicks = _apportioned(self.clicks, shares)
        link_clicks = _apportioned(self.link_clicks, shares)
        micros = _apportioned(int(self.spend / _MICRO), shares)
        return [
            (
                hour,
                Sums(
                    impressions=impressions[place],
                    clicks=clicks[place],
                    link_clicks=link_clicks[place],
                    spend=micros[place] * _MICRO,
                ),
            )
            for place, (hour, _) in enumerate(hours)
        ]


def render(
    sums: Sums,
    question: Question,
    account: AdAccount,
    bucket: Days,
    *,
    names: Mapping[str, Any],
    split: Mapping[str, str],
) -> dict[str, Any]:
    known: dict[str, Any] = {
        "account_id": account.id,
        "account_name": account.name,
        "account_currency": account.currency,
        "attribution_setting": "7d_click_1d_view",
        **names,
    }
    row: dict[str, Any] = {}
    for name in question.fields:
        value = known[name] if name in known else _metric(name, sums, question)
        if value not in (None, []):
            row[name] = value
    return row | {"date_start": bucket.first.isoformat(), "date_stop": bucket.last.isoformat()} | dict(split)


def numeric(text: Any) -> Decimal:
    return Decimal(text) if isinstance(text, str) and text.replace(".", "", 1).isdigit() else Decimal(0)


def _metric(name: str, sums: Sums, question: Question) -> Any:
    metric = _METRICS.get(name)
    if metric is not None:
        return metric(sums)
    match name:
        case "actions":
            return _engagement(sums, question) + _claims(sums, question, value=False)
        case "action_values":
            return _claims(sums, question, value=True)
        case "video_play_actions":
            return _listed("video_view", sums.video_views, question)
        case "purchase_roas":
            return _roas(sums, "omni_purchase")
        case "website_purchase_roas":
            return _roas(sums, "offsite_conversion.fb_pixel_purchase")
        case "cost_per_action_type":
            listed = _engagement(sums, question) + _claims(sums, question, value=False)
            return [
                {"action_type": each["action_type"], "value": _ratio(sums.spend, Decimal(each["value"]))}
                for each in listed
                if Decimal(each["value"]) and sums.spend
            ]
    return None


def _count(name: str) -> Callable[[Sums], str | None]:
    return lambda sums: str(getattr(sums, name)) if getattr(sums, name) else None


def _per(upper: str, lower: str, times: int = 1) -> Callable[[Sums], str | None]:
    return lambda sums: _ratio(Decimal(getattr(sums, upper)) * times, Decimal(getattr(sums, lower)))


def _ratio(upper: Decimal, lower: Decimal) -> str | None:
    return None if not lower or not upper else f"{(upper / lower).quantize(_MICRO):f}"


_METRICS: Mapping[str, Callable[[Sums], str | None]] = {
    "impressions": lambda sums: str(sums.impressions),
    "spend": lambda sums: plain(sums.spend),
    "clicks": _count("clicks"),
    "inline_link_clicks": _count("link_clicks"),
    "reach": _count("reach"),
    "inline_post_engagement": _count("engagements"),
    "frequency": _per("impressions", "reach"),
    "cpc": _per("spend", "clicks"),
    "cpm": _per("spend", "impressions", 1000),
    "cpp": _per("spend", "reach", 1000),
    "ctr": _per("clicks", "impressions", 100),
    "inline_link_click_ctr": _per("link_clicks", "impressions", 100),
    "cost_per_inline_link_click": _per("spend", "link_clicks"),
    "cost_per_inline_post_engagement": _per("spend", "engagements"),
}


def _engagement(sums: Sums, question: Question) -> list[dict[str, str]]:
    return (
        _listed("link_click", sums.link_clicks, question)
        + _listed("post_engagement", sums.engagements, question)
        + _listed("video_view", sums.video_views, question)
    )


def _listed(name: str, count: int, question: Question) -> list[dict[str, str]]:
    if not count:
        return []
    windows = {window: str(count) for window in question.windows if window in ("1d_click", "7d_click", "28d_click")}
    return [{"action_type": name, "value": str(count)} | windows]


def _claims(sums: Sums, question: Question, *, value: bool) -> list[dict[str, str]]:
    listed = []
    for kind, claimed in sums.claims.items():
        columns = _columns(claimed, value=value)
        if not any(columns.values()):
            continue
        shown = {window: plain(columns[window]) for window in question.windows if columns.get(window)}
        total = plain(columns["7d_click"] + columns["1d_view"])  # the default attribution setting
        for name in _NAMES_OF_A_CLAIM.get(kind, (f"offsite_conversion.custom.{kind}",)):
            listed.append({"action_type": name, "value": total} | shown)
    return listed


def _columns(claimed: Claimed, *, value: bool) -> dict[str, Decimal]:
    prefix = "value_" if value else ""
    return {
        window: Decimal(getattr(claimed, f"{prefix}{attribute}"))
        for window, attribute in (
            ("1d_click", "click_1d"),
            ("7d_click", "click_7d"),
            ("28d_click", "click_28d"),
            ("1d_view", "view_1d"),
        )
    }


def _roas(sums: Sums, name: str) -> list[dict[str, str]]:
    bought = sums.claims.get("purchase")
    if bought is None:
        return []
    columns = _columns(bought, value=True)
    ratio = _ratio(columns["7d_click"] + columns["1d_view"], sums.spend)
    return [{"action_type": name, "value": ratio}] if ratio else []


def _added(one: Claimed, other: Claimed) -> Claimed:
    names = Claimed.__dataclass_fields__
    return Claimed(**{name: getattr(one, name) + getattr(other, name) for name in names})


def _apportioned(total: int, shares: Sequence[float]) -> list[int]:
    """Whole parts that add up to the total: what rounding down leaves goes to the largest remainders."""
    whole = sum(shares) or 1.0
    exact = [total * share / whole for share in shares]
    parts = [int(each) for each in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return parts
