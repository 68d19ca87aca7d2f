"""TikTok's metrics from the world's counts: always text, "-" where the platform has nothing to say.

Conversions are what the platform claims by default: clicks of the last seven days plus views of the last day.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from simulator.world.model import AccountDay, AdDay, Claimed

Counts = dict[str, Decimal]  # what is absent is not available, which is not the same as zero

NOT_AVAILABLE = "-"
_CENT = Decimal("0.01")


def counts_of_ad(day: AdDay) -> Counts:
    return {
        "spend": day.spend,
        "impressions": Decimal(day.impressions),
        "clicks": Decimal(day.clicks),
        "reach": Decimal(day.reach),
        "engagements": Decimal(day.engagements),
        "video_views": Decimal(day.video_views),
        **_claims(day.claims),
    }


def counts_of_account(day: AccountDay) -> Counts:
    return {
        "spend": day.spend,
        "impressions": Decimal(day.impressions),
        "clicks": Decimal(day.clicks),
        "reach": Decimal(day.reach),
        **_claims(day.claims),
    }


def _claims(claims: Mapping[str, Claimed]) -> Counts:
    counts: Counts = {}
    for kind, claimed in claims.items():
        counts[kind] = Decimal(claimed.click_7d + claimed.view_1d)
        counts[f"{kind}_value"] = claimed.value_click_7d + claimed.value_view_1d
    return counts


def total(parts: Iterable[Counts]) -> Counts:
    summed: Counts = {}
    for part in parts:
        for name, value in part.items():
            summed[name] = summed.get(name, Decimal(0)) + value
    return summed


def spread(counts: Counts, shares: Sequence[float]) -> Iterator[Counts]:
    """The counts over the day's hours, whole and adding up: each hour gets the growth of the rounded running sum."""
    done = dict.fromkeys(counts, Decimal(0))
    so_far = 0.0
    for number, share in enumerate(shares, start=1):
        so_far += share
        fraction = Decimal(1) if number == len(shares) else Decimal(so_far)
        part: Counts = {}
        for name, value in counts.items():
            unit = _CENT if name == "spend" or name.endswith("_value") else Decimal(1)
            reached = value if fraction == 1 else (value * fraction).quantize(unit)
            part[name] = reached - done[name]
            done[name] = reached
        yield part


def _whole(name: str) -> Callable[[Counts], str]:
    return lambda counts: str(int(counts[name])) if name in counts else NOT_AVAILABLE


def _money(name: str) -> Callable[[Counts], str]:
    return lambda counts: _amount(counts[name]) if name in counts else NOT_AVAILABLE


def _ratio(above: str, below: str, factor: int = 1) -> Callable[[Counts], str]:
    """Two decimals; nothing to divide by reads as zero, something unknown as not available."""

    def shown(counts: Counts) -> str:
        if above not in counts or below not in counts:
            return NOT_AVAILABLE
        return f"{counts[above] * factor / counts[below]:.2f}" if counts[below] else "0.00"

    return shown


def _amount(value: Decimal) -> str:
    return f"{value:.2f}" if value == value.quantize(_CENT) else f"{value.normalize():f}"


METRICS: Mapping[str, Callable[[Counts], str]] = {
    "spend": _money("spend"),
    "impressions": _whole("impressions"),
    "clicks": _whole("clicks"),
    "reach": _whole("reach"),
    "ctr": _ratio("clicks", "impressions", 100),
    "cpc": _ratio("spend", "clicks"),
    "cpm": _ratio("spend", "impressions", 1000),
    "frequency": _ratio("impressions", "reach"),
    "cost_per_1000_reached": _ratio("spend", "reach", 1000),
    "engagements": _whole("engagements"),
    "video_play_actions": _whole("video_views"),
    "conversion": _whole("purchase"),
    "cost_per_conversion": _ratio("spend", "purchase"),
    "conversion_rate": _ratio("purchase", "clicks", 100),
    "conversion_rate_v2": _ratio("purchase", "clicks", 100),
    "result": _whole("purchase"),
    "cost_per_result": _ratio("spend", "purchase"),
    "complete_payment": _whole("purchase"),
    "cost_per_complete_payment": _ratio("spend", "purchase"),
    "value_per_complete_payment": _ratio("purchase_value", "purchase"),
    "total_complete_payment_rate": _money("purchase_value"),
    "complete_payment_roas": _ratio("purchase_value", "spend"),
    "total_purchase_value": _money("purchase_value"),
    "user_registration": _whole("sign_up"),
    "total_user_registration_value": _money("sign_up_value"),
    "web_event_add_to_cart": _whole("add_to_cart"),
}
