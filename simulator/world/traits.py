"""How good an ad, an audience or a creative is: drawn once from its identifier, and never told to any door."""

from dataclasses import dataclass
from math import exp

from scipy.special import ndtri

from simulator.world import fx
from simulator.world.delivery import CellTraits, GroupTraits
from simulator.world.luck import key_of, uniform
from simulator.world.markets import MARKET_TRAITS, PLATFORM_TRAITS, THEME_TRAITS, USUAL_THEME
from simulator.world.model import AdAccount, AdObject

_SATURATION = 110.0  # US dollars a day, the median ad group
_AUDIENCE = 50_000.0
_SOMETIMES = {"audience_network": 0.4, "SPOTLIGHT": 0.3, "TREND": 0.15}  # placements only some ads run in


def _normal(*parts: int | str) -> float:
    return float(ndtri(uniform(*parts)))


def group_curve(seed: int, account: AdAccount, group_id: str) -> GroupTraits:
    traits, price = PLATFORM_TRAITS[account.party], MARKET_TRAITS[account.attributes["market"]].price_level
    rate = float(fx.PER_USD[account.currency])
    return GroupTraits(
        saturation=_SATURATION * exp(0.45 * _normal(seed, "saturation", group_id)) * price * rate,
        thousand_cost=traits.thousand_cost * exp(0.2 * _normal(seed, "cost", group_id)) * price * rate,
        audience=_AUDIENCE * exp(0.4 * _normal(seed, "audience", group_id)),
    )


@dataclass(frozen=True, kw_only=True)
class AdTraits:
    """An ad's placements and what its visitors do."""

    cells: tuple[tuple[str, CellTraits], ...]
    sign_up_rate: float
    cart_share: float
    purchase_share: float
    order_value: float
    delay_seconds: float
    delay_spread: float


def ad_traits(seed: int, account: AdAccount, ad: AdObject, *, theme: str) -> AdTraits:
    """The same creative is as good wherever it runs; ads that promise much are clicked more and keep less."""
    traits = PLATFORM_TRAITS[account.party]
    kind = THEME_TRAITS.get(theme, THEME_TRAITS[USUAL_THEME])
    creative = str(ad.attributes.get("creative_id") or ad.id)
    appeal, depth = _normal(seed, "appeal", creative), _normal(seed, "depth", creative)
    chosen = [
        (name, share * exp(0.25 * _normal(seed, "slice", ad.id, name)))
        for name, share in traits.slices
        if uniform(seed, "runs in", ad.id, name) < _SOMETIMES.get(name, 1.0)
    ]
    total = sum(share for _, share in chosen)
    wear = 0.9 + 1.6 * uniform(seed, "wear", creative)
    cells = tuple(
        (
            name,
            CellTraits(
                key=key_of(seed, "cell", ad.party, ad.id, name),
                slice_share=share / total,
                click_rate=traits.click_rate * exp(0.35 * appeal + 0.1 * _normal(seed, "fit", ad.id, name)),
                wear=wear,
            ),
        )
        for name, share in chosen
    )
    return AdTraits(
        cells=cells,
        sign_up_rate=min(0.5, traits.sign_up_rate * exp(0.3 * depth - 0.25 * appeal)),
        cart_share=kind.cart_share,
        purchase_share=kind.purchase_share,
        order_value=kind.order_value,
        delay_seconds=traits.delay_hours * 3600.0,
        delay_spread=traits.delay_spread,
    )
