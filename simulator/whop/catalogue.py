"""Whop's side of what is for sale: products and plans, as the account's owner set them up before the world opened."""

from typing import Any

from simulator.whop.shapes import ACCOUNT_TITLE
from simulator.whop.words import instant, money, number, plan_id, price_label, product_id, product_route
from simulator.world.lives.offers import PLANS, PRODUCTS, Plan, Product
from simulator.world.lives.till import Till


class Shelf:
    def __init__(self, *, account_id: str, opened_at: int, till: Till) -> None:
        self._account_id = account_id
        self._opened_at = opened_at
        self._till = till
        self._plans = {plan_id(plan): plan for plan in PLANS}
        self._products = {product_id(product): product for product in PRODUCTS}

    @property
    def plans(self) -> list[Plan]:
        return list(PLANS)

    @property
    def products(self) -> list[Product]:
        return list(PRODUCTS)

    def find_plan(self, id_: str) -> Plan | None:
        return self._plans.get(id_)

    def find_product(self, id_: str) -> Product | None:
        return self._products.get(id_)

    def _holders(self, product: Product) -> int:
        return sum(each.plan.product is product and each.ended_at is None for each in self._till.memberships.values())

    def _account(self) -> dict[str, str]:
        return {"id": self._account_id, "title": ACCOUNT_TITLE}

    def plan(self, plan: Plan) -> dict[str, Any]:
        return {
            "id": plan_id(plan),
            "account": self._account(),
            "product": {"id": product_id(plan.product), "title": plan.product.title},
            "title": plan.slug,
            "description": None,
            "internal_notes": None,
            "plan_type": "renewal" if plan.period_days else "one_time",
            "currency": plan.currency.lower(),
            "initial_price": 0.0,
            "initial_price_due": money(0, plan.currency),
            "renewal_price": number(plan.renewal_minor, plan.currency),
            "formatted_price": price_label(plan.renewal_minor, plan.currency),
            "billing_period": plan.period_days,
            "trial_period_days": plan.trial_days,
            "expiration_days": None,
            "release_method": "buy_now",
            "visibility": "visible",
            "purchase_url": f"https://whop.com/checkout/{plan_id(plan)}",
            "unlimited_stock": True,
            "stock": None,
            "adaptive_pricing_enabled": False,
            "collect_tax": False,
            "tax_type": "unspecified",
            "custom_fields": [],
            "metadata": None,
            "member_count": None,
            "created_at": instant(self._opened_at),
            "updated_at": instant(self._opened_at),
        }

    def product(self, product: Product) -> dict[str, Any]:
        return {
            "id": product_id(product),
            "account": self._account(),
            "title": product.title,
            "headline": product.headline,
            "description": product.headline,
            "route": product_route(product),
            "visibility": "visible",
            "marketplace_status": "not_available",
            "labels": [],
            "gallery_images": [],
            "member_count": self._holders(product),
            "published_reviews_count": 0,
            "average_review_rating": 0.0,
            "verified": True,
            "external_identifier": None,
            "metadata": None,
            "created_at": instant(self._opened_at),
            "updated_at": instant(self._opened_at),
        }
