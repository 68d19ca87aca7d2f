"""What is for sale: three memberships and the shop, each priced in the currency of every market."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from simulator.world import fx

CURRENCY_OF_MARKET = {"US": "USD", "EU": "EUR", "JP": "JPY", "IN": "INR"}
MONTH_DAYS, YEAR_DAYS = 30, 365
TRIAL_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Product:
    slug: str
    title: str
    headline: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A price of a product. `renewal_minor` is 0 for what is bought once."""

    slug: str
    product: Product
    currency: str
    renewal_minor: int
    period_days: int | None
    trial_days: int | None = None


READER = Product(slug="reader", title="Larkspur Reader", headline="Every article, every day")
SUPPORTER = Product(slug="supporter", title="Larkspur Supporter", headline="Everything, and the hubs")
PATRON = Product(slug="patron", title="Larkspur Patron", headline="Everything, and a seat at the open evening")
SHOP = Product(slug="shop", title="Larkspur Shop", headline="Made by hand, a few at a time")
PRODUCTS = (READER, SUPPORTER, PATRON, SHOP)
_MONTHLY_USD = {"reader": Decimal(9), "supporter": Decimal(19), "patron": Decimal(49)}
_YEARLY_USD = Decimal(390)
_UP_TO_CENTS = (("reader", 1_800), ("supporter", 4_500), ("patron", 12_000))


def minor_of(cents: int, currency: str) -> int:
    """US cents in a currency's smallest unit, at the practice world's steady rate."""
    scaled = Decimal(cents) * fx.PER_USD[currency] * Decimal(10) ** (fx.decimals(currency) - 2)
    return int(scaled.quantize(Decimal(1), ROUND_HALF_UP))


def _round_price(usd: Decimal, currency: str) -> int:
    whole = (usd * fx.PER_USD[currency]).quantize(Decimal(1), ROUND_HALF_UP)
    return int(whole * 10 ** fx.decimals(currency))


def _plans() -> tuple[Plan, ...]:
    made = []
    for currency in CURRENCY_OF_MARKET.values():
        for product in (READER, SUPPORTER, PATRON):
            monthly = _round_price(_MONTHLY_USD[product.slug], currency)
            for trial in (None, TRIAL_DAYS):
                made.append(
                    Plan(
                        slug=f"{product.slug}-month{'-trial' if trial else ''}-{currency.lower()}", product=product,
                        currency=currency, renewal_minor=monthly, period_days=MONTH_DAYS, trial_days=trial,
                    )
                )  # fmt: skip
        made.append(
            Plan(
                slug=f"patron-year-{currency.lower()}", product=PATRON, currency=currency,
                renewal_minor=_round_price(_YEARLY_USD, currency), period_days=YEAR_DAYS,
            )
        )  # fmt: skip
        made.append(
            Plan(slug=f"shop-{currency.lower()}", product=SHOP, currency=currency, renewal_minor=0, period_days=None)
        )
    return tuple(made)


PLANS = _plans()
_BY_SLUG = {plan.slug: plan for plan in PLANS}


def shop_plan(currency: str) -> Plan:
    return _BY_SLUG[f"shop-{currency.lower()}"]


def membership_plan(cents: int, currency: str, *, trial: bool) -> Plan:
    """The membership whose first payment so much is; a large one buys a year."""
    for slug, limit in _UP_TO_CENTS:
        if cents < limit:
            return _BY_SLUG[f"{slug}-month{'-trial' if trial else ''}-{currency.lower()}"]
    return _BY_SLUG[f"patron-year-{currency.lower()}"]


def usd_cents(minor: int, currency: str) -> int:
    scaled = Decimal(minor) * Decimal(10) ** (2 - fx.decimals(currency)) / fx.PER_USD[currency]
    return int(scaled.quantize(Decimal(1), ROUND_HALF_UP))
