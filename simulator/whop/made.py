"""What callers make at Whop: promo codes and checkout links. Kept as they are shown; nothing here charges anybody."""

from typing import Any

from simulator.whop.bodies import Body
from simulator.whop.catalogue import Shelf
from simulator.whop.pages import Key
from simulator.whop.refusals import Refusal, invalid, not_found
from simulator.whop.shapes import ACCOUNT_TITLE
from simulator.whop.words import instant, number, plan_id, product_id
from simulator.world.lives.till import tag

_CURRENCIES = ("usd", "eur", "jpy", "inr", "gbp")


class Made:
    def __init__(self, *, seed: int, account_id: str, shelf: Shelf) -> None:
        self._seed = seed
        self._account_id = account_id
        self._shelf = shelf
        self.promo_codes: dict[str, dict[str, Any]] = {}
        self.checkouts: dict[str, dict[str, Any]] = {}
        self._made_at: dict[str, int] = {}

    def key(self, made: dict[str, Any]) -> Key:
        return self._made_at[made["id"]], made["id"]

    def _own(self, account_id: str | None) -> None:
        if account_id is not None and account_id != self._account_id:
            raise Refusal(403, "forbidden", "The API key cannot act for this account.", param="account_id")

    def new_promo_code(self, body: Body, *, at: int) -> dict[str, Any]:
        self._own(body.text("account_id"))
        code = body.required_text("code", longest=100).strip()
        kind = body.choice("promo_type", ("percentage", "flat_amount"))
        amount = body.number("amount_off") or 0.0
        if amount <= 0 or (kind == "percentage" and amount > 100):
            raise invalid("amount_off must be greater than 0, and at most 100 for a percentage", param="amount_off")
        months = body.whole("promo_duration_months", least=0, most=120)
        if any(each["code"].lower() == code.lower() for each in self._live_codes()):
            raise Refusal(422, "unprocessable_entity", "Code has already been taken.", code="code_taken", param="code")
        for plan in body.texts("plan_ids") or []:
            if self._shelf.find_plan(plan) is None:
                raise not_found("plan", plan)
        product = self._product(body.text("product_id", required=False))
        stock = body.whole("stock", required=False, least=0, most=10**6)
        made = {
            "id": tag("promo", self._seed, len(self._made_at)),
            "account": {"id": self._account_id, "title": ACCOUNT_TITLE},
            "code": code,
            "amount_off": float(amount),
            "promo_type": kind,
            "currency": body.choice("base_currency", _CURRENCIES),
            "duration": "once" if months in (0, 1) else "repeating",
            "promo_duration_months": months,
            "new_users_only": body.flag("new_users_only", required=True),
            "churned_users_only": body.flag("churned_users_only"),
            "existing_memberships_only": body.flag("existing_memberships_only"),
            "one_per_customer": body.flag("one_per_customer"),
            "unlimited_stock": body.flag("unlimited_stock", default=stock is None),
            "stock": stock or 0,
            "uses": 0,
            "status": "active",
            "product": product,
            "expires_at": body.text("expires_at", required=False),
            "metadata": {},
            "created_at": instant(at),
            "updated_at": instant(at),
        }
        return self._keep(self.promo_codes, made, at)

    def _live_codes(self) -> list[dict[str, Any]]:
        return [each for each in self.promo_codes.values() if each["status"] != "archived"]

    def _product(self, id_: str | None) -> dict[str, str] | None:
        if id_ is None:
            return None
        product = self._shelf.find_product(id_)
        if product is None:
            raise not_found("product", id_)
        return {"id": product_id(product), "title": product.title}

    def switch_promo_code(self, id_: str, status: str, *, at: int) -> dict[str, Any]:
        made = self._find(self.promo_codes, "promo code", id_)
        made |= {"status": status, "updated_at": instant(at)}
        return made

    def promo_code(self, id_: str) -> dict[str, Any]:
        return self._find(self.promo_codes, "promo code", id_)

    def checkout(self, id_: str) -> dict[str, Any]:
        return self._find(self.checkouts, "checkout configuration", id_)

    def drop_checkout(self, id_: str) -> dict[str, Any]:
        del self.checkouts[self.checkout(id_)["id"]]
        return {"deleted": True, "id": id_}

    def _find(self, table: dict[str, dict[str, Any]], what: str, id_: str) -> dict[str, Any]:
        if id_ not in table:
            raise not_found(what, id_)
        return table[id_]

    def new_checkout(self, body: Body, *, at: int) -> dict[str, Any]:
        self._own(body.text("account_id", required=False))
        mode = body.choice("mode", ("payment", "setup"), required=False) or "payment"
        inline, named = body.mapping("plan"), body.text("plan_id", required=False)
        if (inline is None) == (named is None) and mode == "payment":
            raise invalid("Exactly one of plan and plan_id is required", param="plan_id")
        id_ = tag("ch", self._seed, len(self._made_at))
        made = {
            "id": id_,
            "account_id": self._account_id,
            "mode": mode,
            "plan": self._plan(inline, named),
            "currency": body.text("currency", required=False),
            "affiliate_code": body.text("affiliate_code", required=False, longest=255),
            "metadata": body.mapping("metadata") or {},
            "redirect_url": body.text("redirect_url", required=False),
            "payment_method_configuration": None,
            "effective_payment_method_configuration": None,
            "three_ds_level": None,
            "purchase_url": f"https://whop.com/checkout/{id_}",
            "created_at": instant(at),
            "updated_at": instant(at),
        }
        return self._keep(self.checkouts, made, at)

    def _plan(self, inline: dict[str, Any] | None, named: str | None) -> dict[str, Any] | None:
        if named is not None:
            plan = self._shelf.find_plan(named)
            if plan is None:
                raise not_found("plan", named)
            return {
                "id": plan_id(plan), "currency": plan.currency.lower(), "initial_price": 0.0,
                "renewal_price": number(plan.renewal_minor, plan.currency), "billing_period": plan.period_days,
                "plan_type": "renewal" if plan.period_days else "one_time", "release_method": "buy_now",
                "visibility": "visible", "adaptive_pricing_enabled": False, "trial_period_days": plan.trial_days,
            }  # fmt: skip
        if inline is None:
            return None
        told = Body(inline)
        return {
            "id": tag("plan", self._seed, "inline", len(self._made_at)),
            "currency": told.choice("currency", _CURRENCIES),
            "initial_price": float(told.number("initial_price", required=False) or 0.0),
            "renewal_price": float(told.number("renewal_price", required=False) or 0.0),
            "billing_period": told.whole("billing_period", required=False, least=1, most=3650),
            "plan_type": told.choice("plan_type", ("renewal", "one_time"), required=False) or "one_time",
            "release_method": "buy_now",
            "visibility": "quick_link",
            "adaptive_pricing_enabled": False,
            "trial_period_days": told.whole("trial_period_days", required=False, least=0, most=365),
        }

    def _keep(self, table: dict[str, dict[str, Any]], made: dict[str, Any], at: int) -> dict[str, Any]:
        table[made["id"]] = made
        self._made_at[made["id"]] = at
        return made
