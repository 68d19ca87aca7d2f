"""The economics of the practice world as plain numbers: markets, their rhythm, and how each platform's traffic behaves.

Figures are in US dollars and per market; they are invented, of a plausible size, and nothing outside the practice world
depends on their values.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HALF_HOUR = 1800

# Share of a day's traffic by local hour: a trough before dawn, a small crest at lunch, a high one in the evening.
TRAFFIC_BY_HOUR: NDArray[np.float64] = np.array(
    [22, 14, 9, 7, 7, 10, 18, 30, 38, 42, 44, 48, 54, 50, 46, 46, 50, 56, 64, 74, 82, 80, 62, 40], dtype=np.float64
)
# What a thousand impressions cost relative to the day's mean, by local hour: most bidders sleep when people do.
COMPETITION_BY_HOUR: NDArray[np.float64] = (
    np.array(
        [78, 74, 72, 72, 74, 80, 88, 96, 102, 106, 108, 108, 106, 104, 104, 104, 106, 108, 112, 116, 116, 110, 100, 88],
        dtype=np.float64,
    )
    / 100.0
)
TRAFFIC_BY_WEEKDAY: NDArray[np.float64] = np.array([0.97, 0.98, 0.99, 1.0, 1.02, 1.05, 1.06])  # Monday first
COMPETITION_BY_WEEKDAY: NDArray[np.float64] = np.array([1.0, 1.01, 1.02, 1.04, 1.05, 0.95, 0.93])

MARKETS = ("US", "EU", "JP", "IN")


@dataclass(frozen=True, kw_only=True)
class MarketTraits:
    people_share: float  # of the whole population
    price_level: float  # of a thousand impressions, and of what people spend
    timezones: tuple[tuple[str, str], ...]  # (country, zone) its people live in
    clock: str  # the zone whose evening is the market's


MARKET_TRAITS: dict[str, MarketTraits] = {
    "US": MarketTraits(
        people_share=0.35,
        price_level=1.2,
        timezones=(("US", "America/New_York"), ("US", "America/Chicago"), ("US", "America/Los_Angeles")),
        clock="America/Chicago",
    ),
    "EU": MarketTraits(
        people_share=0.30,
        price_level=1.0,
        timezones=(("DE", "Europe/Berlin"), ("ES", "Europe/Madrid")),
        clock="Europe/Berlin",
    ),
    "JP": MarketTraits(people_share=0.2, price_level=1.05, timezones=(("JP", "Asia/Tokyo"),), clock="Asia/Tokyo"),
    "IN": MarketTraits(people_share=0.15, price_level=0.45, timezones=(("IN", "Asia/Kolkata"),), clock="Asia/Kolkata"),
}


@dataclass(frozen=True, kw_only=True)
class PlatformTraits:
    slices: tuple[tuple[str, float], ...]  # where its ads appear, with the usual share of each
    thousand_cost: float  # US dollars per thousand impressions at an ordinary hour, before saturation
    click_rate: float
    link_share: float  # of clicks, those that lead to the landing page
    engagement_rate: float  # engagements per impression beyond clicks
    view_rate: float  # video views per impression
    sign_up_rate: float  # sign-ups per click
    delay_hours: float  # median from sign-up to purchase
    delay_spread: float  # standard deviation of its logarithm
    view_focus: float  # how much of what people saw the platform counts as its own conversions
    click_focus: float
    overspend: float  # usual day, as a share of the daily budget, either way
    rare_overspend: float  # on the rare day
    weekly_cap: bool  # seven daily budgets a week are never exceeded
    spend_credit_chance: float  # an ad-day of which some traffic is found invalid and credited
    spend_credit_days: tuple[float, float]  # how long after the day that happens


PLATFORM_TRAITS: dict[str, PlatformTraits] = {
    "meta_ads": PlatformTraits(
        slices=(("facebook", 0.55), ("instagram", 0.38), ("audience_network", 0.07)),
        thousand_cost=9.0, click_rate=0.012, link_share=0.72, engagement_rate=0.018, view_rate=0.22, sign_up_rate=0.085,
        delay_hours=12.0, delay_spread=1.5, view_focus=0.16, click_focus=1.0,
        overspend=0.24, rare_overspend=0.74, weekly_cap=True,
        spend_credit_chance=0.25, spend_credit_days=(1.0, 13.9),
    ),
    "x_ads": PlatformTraits(
        slices=(("ALL_ON_TWITTER", 0.93), ("SPOTLIGHT", 0.05), ("TREND", 0.02)),
        thousand_cost=5.0, click_rate=0.0085, link_share=0.6, engagement_rate=0.024, view_rate=0.18, sign_up_rate=0.06,
        delay_hours=20.0, delay_spread=1.6, view_focus=0.08, click_focus=0.8,
        overspend=0.03, rare_overspend=0.045, weekly_cap=False,
        spend_credit_chance=0.6, spend_credit_days=(3.0, 13.9),
    ),
    "tiktok_ads": PlatformTraits(
        slices=(("", 1.0),),
        thousand_cost=6.0, click_rate=0.0095, link_share=0.85, engagement_rate=0.03, view_rate=0.75, sign_up_rate=0.055,
        delay_hours=30.0, delay_spread=1.7, view_focus=0.12, click_focus=1.0,
        overspend=0.04, rare_overspend=0.045, weekly_cap=False,
        spend_credit_chance=0.3, spend_credit_days=(0.35, 2.9),
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ThemeTraits:
    """What an ad promises: how many of those who signed up put something in the cart, buy it, and for how much."""

    cart_share: float
    purchase_share: float  # of carts
    order_value: float  # median, US dollars


THEME_TRAITS: dict[str, ThemeTraits] = {
    "article": ThemeTraits(cart_share=0.35, purchase_share=0.6, order_value=12.0),
    "growth": ThemeTraits(cart_share=0.45, purchase_share=0.55, order_value=28.0),
    "shop": ThemeTraits(cart_share=0.70, purchase_share=0.65, order_value=46.0),
    "game": ThemeTraits(cart_share=0.55, purchase_share=0.60, order_value=19.0),
}
USUAL_THEME = "growth"
