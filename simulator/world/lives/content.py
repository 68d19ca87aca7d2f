"""What the product has to offer: articles that appear every day, a shop, games, hubs, and a live session a week.

Everything is numbered; a number says what the thing is, when it was published and which category it belongs to.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from simulator.world.luck import Floats, Ints, key_of

CATEGORIES = ("markets", "craft", "games", "travel", "science", "letters")
_FIRST_DAY = date(2024, 1, 1).toordinal()
_HOURS = (6, 11, 16)  # UTC, when a day's articles appear
ARTICLES_A_DAY = len(_HOURS)
SHOP_ITEMS, GAMES, HUBS = 24, 6, 12
TOKENS_FOR_READING = (10, 15, 20)
_WORDS = ("Quiet", "River", "Paper", "Harbour", "Lantern", "Winter", "Mill", "Orchard", "Signal", "Tide", "Atlas")
_KINDS = ("Notes", "Guide", "Letter", "Field report", "Questions", "Portrait", "Ledger")
_ITEMS = ("mug", "notebook", "print", "tote", "scarf", "candle", "puzzle", "poster")
_GAME_NAMES = ("Weir Rush", "Stone Skip", "Lock Keeper", "Millwheel", "Otter Run", "Driftwood")


@dataclass(frozen=True, kw_only=True)
class Content:
    content_id: str
    kind: str  # article, product, game, hub, live_session
    title: str
    category: str
    published_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


def article_id(number: int) -> str:
    return f"art-{number:06d}"


def product_id(number: int) -> str:
    return f"shop-{number % SHOP_ITEMS + 1:02d}"


def game_id(number: int) -> str:
    return f"game-{number % GAMES + 1}"


def hub_id(number: int) -> str:
    return f"hub-{number % HUBS + 1:02d}"


def category_of_article(number: int) -> str:
    return CATEGORIES[number % len(CATEGORIES)]


def category_of_hub(number: int) -> str:
    return CATEGORIES[number % len(CATEGORIES)]


def articles_read(instants: Ints, favourites: Ints, luck: Floats, other: Floats) -> Ints:
    """Recent articles for each reader, more often of their favourite category (a number) than not."""
    latest = (instants // 86_400 + date(1970, 1, 1).toordinal() - _FIRST_DAY) * ARTICLES_A_DAY - 1
    chosen = latest - (-np.log(luck) * 7.0).astype(np.int64)
    theirs = chosen - (chosen - favourites) % len(CATEGORIES)
    return np.maximum(np.where(other < 0.6, theirs, chosen), 0)


def published_at(number: int) -> datetime:
    day, place = divmod(number, ARTICLES_A_DAY)
    return datetime.combine(date.fromordinal(_FIRST_DAY + day), time(_HOURS[place]), tzinfo=UTC)


def article(number: int) -> Content:
    """Every ninth article is corrected a day later; every fortieth is withdrawn after ten days."""
    published = published_at(number)
    key = key_of("article", number)
    words = f"{_WORDS[key % 11]} {_KINDS[key // 11 % 7]}"
    corrected = published + timedelta(days=1) if number % 9 == 4 else published
    withdrawn = published + timedelta(days=10) if number % 40 == 17 else None
    return Content(
        content_id=article_id(number), kind="article", title=f"{words} No. {number}",
        category=category_of_article(number), published_at=published,
        updated_at=corrected if withdrawn is None else withdrawn, deleted_at=withdrawn,
    )  # fmt: skip


def articles(since: datetime, until: datetime) -> Iterator[Content]:
    """Published in a half-open stretch of time."""
    day = (since.astimezone(UTC).date().toordinal() - _FIRST_DAY) * ARTICLES_A_DAY
    number = max(0, day)
    while published_at(number) < until:
        if published_at(number) >= since:
            yield article(number)
        number += 1


def as_published(each: Content) -> Content:
    """The first version: neither corrected nor withdrawn."""
    return replace(each, updated_at=each.published_at, deleted_at=None)


def shelf(opened: datetime) -> list[Content]:
    """What is there from the first day on: the shop, the games and the hubs."""

    def made(content_id: str, kind: str, title: str, category: str) -> Content:
        return Content(
            content_id=content_id, kind=kind, title=title, category=category, published_at=opened, updated_at=opened
        )

    shop = [
        made(product_id(n), "product", f"{_WORDS[n % 11]} {_ITEMS[n % 8]}", CATEGORIES[n % len(CATEGORIES)])
        for n in range(SHOP_ITEMS)
    ]
    games = [made(game_id(n), "game", _GAME_NAMES[n], "games") for n in range(GAMES)]
    hubs = [made(hub_id(n), "hub", f"Hub: {category_of_hub(n)} {n // 6 + 1}", category_of_hub(n)) for n in range(HUBS)]
    return shop + games + hubs


def live_sessions(since: datetime, until: datetime) -> Iterator[Content]:
    """One each Thursday evening, announced at the instant it begins."""
    day = since.astimezone(UTC).date()
    while (at := datetime.combine(day, time(18), tzinfo=UTC)) < until:
        if day.weekday() == 3 and at >= since:
            yield Content(
                content_id=f"live-{day.isoformat()}", kind="live_session", title=f"Open evening, {day:%d %B}",
                category="letters", published_at=at, updated_at=at,
            )  # fmt: skip
        day += timedelta(days=1)
