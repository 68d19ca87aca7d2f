"""Facts and touches as the product writes them down: the landing shapes of `product/events` and `product/touches`.

One row of numbers in, one JSON object out. Nothing is decided here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from simulator.world import fx
from simulator.world.lives import content as c
from simulator.world.lives import facts as f
from simulator.world.lives.identity import anonymous_id, click_id, referral_code, user_id
from simulator.world.lives.market import SYMBOL
from simulator.world.lives.offers import CURRENCY_OF_MARKET, minor_of
from simulator.world.lives.sources import AD, MESSAGE, SOURCES
from simulator.world.luck import key_of
from simulator.world.model import AdWorld
from simulator.world.society import Society

SITE = "https://larkspur.example"
_APPS = {"ios": "ios", "android": "android", "desktop": "web"}
_SIGN_UP_METHODS = ("email", "email", "google", "apple", "telegram")
_SHARED_ON = ("copy_link", "x", "telegram", "whatsapp")
_TOKEN_REASONS = ("article_read", "welcome", "referral", "phone_verified")
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


@dataclass(frozen=True)
class _Someone:
    user_id: str
    device: str
    country: str
    currency: str
    app: str


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, tz=UTC).date().isoformat()


@cache
def _times_of_day() -> tuple[str, ...]:
    return tuple(f"T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z" for second in range(86_400))


def instant(second: int) -> str:
    """ISO 8601 in UTC; written millions of times, hence looked up."""
    day, rest = divmod(second, 86_400)
    return _date(day) + _times_of_day()[rest]


def amount(minor: int, currency: str) -> str:
    return format(Decimal(minor).scaleb(-fx.decimals(currency)), "f")


def order_id(order: int) -> str:
    return f"o{order:020d}"


class Wording:
    def __init__(self, world: AdWorld, society: Society) -> None:
        self._world = world
        self._society = society
        self._someone: dict[int, _Someone] = {}
        self._links: dict[int, tuple[str, str, str, str, str]] = {}  # by cell: party, campaign, ad, page, tagging
        self._said: dict[int, Callable[[Any, _Someone], dict[str, Any]]] = {
            f.SIGNUP: self._sign_up,
            f.LOGIN: lambda row, who: {"device": who.device},
            f.PHONE_VERIFIED: lambda row, who: {"country": who.country},
            f.ARTICLE_VIEW: _article,
            f.ARTICLE_READ: lambda row, who: _article(row, who) | {"seconds": row[8]},
            f.ARTICLE_SHARE: lambda row, who: _article(row, who) | {"channel": _SHARED_ON[row[0] % 4]},
            f.HUB_FOLLOW: _hub,
            f.HUB_UNFOLLOW: _hub,
            f.HUB_POST: lambda row, who: _hub(row, who) | {"post_id": f"post-{row[9]:09d}"},
            f.PRODUCT_VIEW: lambda row, who: {"product_id": c.product_id(row[7])},
            f.ADD_TO_CART: _cart,
            f.CHECKOUT_START: _cart,
            f.PURCHASE: _purchase,
            f.GAME_PLAYED: _game,
            f.TOKEN_EARNED: _tokens,
            f.SESSION_END: lambda row, who: {"seconds": row[8]},
            f.PRICE_MOVE: lambda row, who: {
                "token": SYMBOL, "price_usd": row[8] / 10**6, "change_24h": row[9] / 10**6,
            },
            f.REFERRAL_SHARE: lambda row, who: {"referral_code": referral_code(row[3])},
            f.REFERRAL_CLICK: lambda row, who: {"referral_code": referral_code(row[7])},
            f.REFERRAL_SIGNUP: lambda row, who: {
                "referral_code": referral_code(row[7]), "referrer_id": user_id(row[7]),
            },
            f.REFERRAL_EARNING: lambda row, who: {
                "referee_id": user_id(row[7]), "order_id": order_id(row[10]), "token": SYMBOL, "amount": row[8],
            },
        }  # fmt: skip

    def events(self, facts: f.Facts) -> list[dict[str, Any]]:
        return [self._event(row) for row in facts.tolist()]

    def _event(self, row: tuple[Any, ...]) -> dict[str, Any]:
        key, at, kind, person, anonymous, known, session, _, cents, _, order = row
        who = self.someone(person)
        said: dict[str, Any] = {"event_id": f"ev_{key:016x}"}
        if known:
            said["user_id"] = who.user_id
        if anonymous:
            said["anonymous_id"] = anonymous_id(anonymous)
        if kind == f.PRICE_MOVE:
            said["anonymous_id"] = "market"
        said["event_type"] = f.EVENT_TYPES[kind]
        said["occurred_at"], said["received_at"] = instant(at), instant(at + 1 + key % 5)
        said["source_app"] = who.app
        if kind in (f.ADD_TO_CART, f.CHECKOUT_START, f.PURCHASE) and order:
            said["value"] = amount(minor_of(cents, who.currency), who.currency)
            said["currency"] = who.currency
        said["properties"] = self._said[kind](row, who)
        if session:
            said["properties"]["session_id"] = f"s_{session:016x}"
        return said

    def someone(self, person: int) -> _Someone:
        found = self._someone.get(person)
        if found is None:
            if person < 0:
                return _Someone("", "", "", "USD", "market")
            people = self._society.people
            device, market = people.device(person), people.market(person)
            found = self._someone[person] = _Someone(
                user_id(person), device, people.home(person)[0], CURRENCY_OF_MARKET[market], _APPS[device]
            )
        return found

    def _sign_up(self, row: tuple[Any, ...], who: _Someone) -> dict[str, Any]:
        said = {"method": _SIGN_UP_METHODS[row[0] % 5], "country": who.country, "device": who.device}
        return said if row[9] < 0 else said | {"referral_code": referral_code(row[9])}

    # Touches.

    def touches(self, touches: f.Touches) -> list[dict[str, Any]]:
        return [self._touch(row) for row in touches.tolist()]

    def _touch(self, row: tuple[Any, ...]) -> dict[str, Any]:
        key, at, person, anonymous, known, source, cell, referrer, subject = row
        said: dict[str, Any] = {"touch_id": f"t_{key:016x}"}
        if known:
            said["user_id"] = user_id(person)
        said["anonymous_id"] = anonymous_id(anonymous)
        said["occurred_at"], said["received_at"] = instant(at), instant(at + 1 + key % 3)
        origin = SOURCES[source]
        if source == AD:
            return said | self._ad_touch(key, cell)
        if source == MESSAGE:
            return said | _tagged(self._society.answered_link(subject), "click")
        page = f"{SITE}/" if key % 3 else f"{SITE}/articles"
        said |= {"touch_kind": "click" if origin.is_link else "visit", "landing_page": page}
        for name in ("utm_source", "utm_medium", "utm_campaign", "referrer"):
            value = getattr(origin, name)
            if value is not None:
                said[name] = value
        if referrer >= 0:
            said |= {"referral_code": referral_code(referrer), "landing_page": f"{SITE}/r/{referral_code(referrer)}"}
        return said

    def _ad_touch(self, key: int, cell: int) -> dict[str, Any]:
        """Most links are tagged in full; some campaigns name no ad, some browsers drop tags or the click's id."""
        if cell not in self._links:
            self._links[cell] = self._link(cell)
        party, campaign, ad, page, tagging = self._links[cell]
        luck = (key >> 20) % 1000
        told: dict[str, Any] = {"touch_kind": "click", "landing_page": page.split("?")[0]}
        if luck >= 30:
            tags = _tags_of(page)
            told |= {name: tags[name] for name in _UTM if name in tags}
            told |= {"utm_medium": "paid_social"}
            told["landing_page"] = page
            if tagging == "full":
                told |= {"utm_content": ad, "platform": party, "campaign_id": campaign, "ad_id": ad}
        click = click_id(party, key)
        if click is not None and not 30 <= luck < 70:
            told["click_id"] = click[1]
            told["landing_page"] += f"{'&' if '?' in told['landing_page'] else '?'}{click[0]}={click[1]}"
        return told

    def _link(self, cell: int) -> tuple[str, str, str, str, str]:
        books, place = self._society.economy.book_of_cell(cell)
        party = books.account.party
        ad = self._world.find(party, "ad", place.ad_id)
        page = str(ad.attributes.get("landing_page", "")) if ad is not None else ""
        full = key_of("tagging", place.campaign_id) % 100 >= 15
        return (
            party,
            place.campaign_id,
            place.ad_id,
            page or f"{SITE}/?utm_source={party}&utm_campaign={place.campaign_id}",
            "full" if full else "campaign only",
        )


def _article(row: tuple[Any, ...], who: _Someone) -> dict[str, Any]:
    return {"article_id": c.article_id(row[7]), "category": c.category_of_article(row[7])}


def _hub(row: tuple[Any, ...], who: _Someone) -> dict[str, Any]:
    return {"hub_id": c.hub_id(row[7]), "category": c.category_of_hub(row[7])}


def _cart(row: tuple[Any, ...], who: _Someone) -> dict[str, Any]:
    return {"product_id": c.product_id(row[7]), "cart_id": f"c{row[10]:020d}"}


def _purchase(row: tuple[Any, ...], who: _Someone) -> dict[str, Any]:
    return {"product_id": c.product_id(row[7]), "order_id": order_id(row[10]), "purchase_number": row[9]}


def _game(row: tuple[Any, ...], who: _Someone) -> dict[str, Any]:
    stake, hundredths = row[8], row[9]
    return {
        "game_id": c.game_id(row[7]), "result": "win" if hundredths else "loss", "with_token": stake > 0,
        "token": SYMBOL, "stake": stake, "multiplier": hundredths / 100, "payout": stake * hundredths // 100,
    }  # fmt: skip


def _tokens(row: tuple[Any, ...], who: _Someone) -> dict[str, Any]:
    said: dict[str, Any] = {"token": SYMBOL, "amount": row[8], "reason": _TOKEN_REASONS[row[9]]}
    return said | ({"article_id": c.article_id(row[7])} if row[9] == 0 else {})


@lru_cache(maxsize=4096)
def _tags_of(link: str) -> Mapping[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def _tagged(link: str, kind: str) -> dict[str, Any]:
    tags = _tags_of(link)
    told: dict[str, Any] = {"touch_kind": kind, "landing_page": link}
    told |= {name: tags[name] for name in _UTM if name in tags}
    if "offer" in tags:
        told["offer_code"] = tags["offer"]
    return told
