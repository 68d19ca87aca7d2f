"""How Whop writes single values: instants, money, ids, people."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from simulator.world import fx
from simulator.world.lives import identity
from simulator.world.lives.offers import Plan, Product
from simulator.world.lives.till import tag


def instant(second: int | None, *, nth: int = 0) -> str | None:
    """`nth`: what happens within one second is told apart, and kept in order, by thousandths."""
    if second is None:
        return None
    return datetime.fromtimestamp(second, tz=UTC).strftime(f"%Y-%m-%dT%H:%M:%S.{nth % 1000:03d}Z")


def decimal(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-fx.decimals(currency))


def money(minor: int, currency: str) -> dict[str, Any]:
    places = fx.decimals(currency)
    return {
        "amount": format(decimal(minor, currency), f".{places}f"),
        "currency": currency.lower(),
        "decimals": places,
        "display_decimals": places,
    }


def number(minor: int, currency: str) -> float:
    """Money as the undated shapes write it."""
    return float(decimal(minor, currency))


def plan_id(plan: Plan) -> str:
    return tag("plan", plan.slug)


def product_id(product: Product) -> str:
    return tag("prod", product.slug)


def product_route(product: Product) -> str:
    return f"larkspur-{product.slug}"


def price_label(minor: int, currency: str) -> str:
    return f"{decimal(minor, currency)} {currency}"


def picture(person: int) -> str:
    return f"https://images.larkspur.example/people/{identity.user_id(person)}.png"


def user(seed: int, person: int) -> dict[str, Any]:
    return {
        "id": identity.provider_user_id(seed, person),
        "name": identity.full_name(seed, person),
        "username": identity.username(seed, person),
        "profile_picture": {"url": picture(person)},
    }
