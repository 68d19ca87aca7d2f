"""How large a practice world is and where it starts: which accounts exist, with how many ads, people and past days."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class AccountPlan:
    party: str
    name: str
    market: str  # whose people see the ads: US, EU, JP or IN
    currency: str
    timezone: str


@dataclass(frozen=True, kw_only=True)
class Scenario:
    name: str
    start: datetime  # "now" when the world opens; history lies before it
    history_days: int
    accounts: tuple[AccountPlan, ...]
    campaigns: int  # per account
    ad_groups: int  # per campaign
    ads: int  # per ad group
    people: int
    campaign_budget_usd: Decimal
    organic_orders_per_day: float  # per market, before anyone advertises


META_US = AccountPlan(
    party="meta_ads", name="Larkspur · US", market="US", currency="USD", timezone="America/Los_Angeles"
)
META_EU = AccountPlan(party="meta_ads", name="Larkspur Köln", market="EU", currency="EUR", timezone="Europe/Berlin")
META_JP = AccountPlan(party="meta_ads", name="ラークスパー", market="JP", currency="JPY", timezone="Asia/Tokyo")
X_US = AccountPlan(party="x_ads", name="Larkspur US", market="US", currency="USD", timezone="America/Los_Angeles")
X_EU = AccountPlan(party="x_ads", name="Larkspur EU", market="EU", currency="EUR", timezone="Europe/Berlin")
X_IN = AccountPlan(party="x_ads", name="Larkspur भारत", market="IN", currency="INR", timezone="Asia/Kolkata")
TIKTOK_US = AccountPlan(
    party="tiktok_ads", name="Larkspur US", market="US", currency="USD", timezone="America/New_York"
)
TIKTOK_EU = AccountPlan(
    party="tiktok_ads", name="Larkspur España", market="EU", currency="EUR", timezone="Europe/Madrid"
)
TIKTOK_JP = AccountPlan(party="tiktok_ads", name="ラークスパー", market="JP", currency="JPY", timezone="Asia/Tokyo")
TELEGRAM_NEWS = AccountPlan(party="telegram", name="Larkspur News", market="EU", currency="TON", timezone="UTC")
TELEGRAM_GAMES = AccountPlan(party="telegram", name="Larkspur Игры", market="US", currency="TON", timezone="UTC")

TINY = Scenario(
    name="tiny",
    start=datetime(2026, 11, 5, 6, tzinfo=UTC),  # both ends of summer time lie in its past fortnight
    history_days=15,
    accounts=(META_US, META_JP, X_US, TIKTOK_US, TELEGRAM_NEWS),
    campaigns=2,
    ad_groups=1,
    ads=2,
    people=40_000,
    campaign_budget_usd=Decimal(60),
    organic_orders_per_day=4.0,
)
PRACTICE = Scenario(
    name="practice",
    start=datetime(2026, 11, 5, 6, tzinfo=UTC),  # days yet to come would have no partitions
    history_days=90,
    accounts=(
        META_US,
        META_EU,
        META_JP,
        X_US,
        X_EU,
        X_IN,
        TIKTOK_US,
        TIKTOK_EU,
        TIKTOK_JP,
        TELEGRAM_NEWS,
        TELEGRAM_GAMES,
    ),
    campaigns=3,
    ad_groups=2,
    ads=4,
    people=200_000,
    campaign_budget_usd=Decimal(40),
    organic_orders_per_day=12.0,
)
LARGE = replace(
    PRACTICE,
    name="large",
    history_days=400,
    campaigns=10,
    ad_groups=4,
    ads=5,
    people=1_000_000,
)

SCENARIOS = {scenario.name: scenario for scenario in (TINY, PRACTICE, LARGE)}
