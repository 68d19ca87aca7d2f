"""The product's own record of what happened, in the landing shapes: events, touches, orders, content, users.

Asked by a half-open stretch of time; the same stretch always reads the same.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import orjson

from simulator.product.wording import SITE, Wording, amount, instant, order_id
from simulator.world.calendar import unix
from simulator.world.lives import content
from simulator.world.lives.identity import user_id
from simulator.world.lives.offers import minor_of
from simulator.world.lives.shopping import item_of
from simulator.world.practice import PracticeWorld

Row = dict[str, Any]
_LINES_AT_ONCE = 500
_STEP = timedelta(days=1)


class ProductStream:
    def __init__(self, world: PracticeWorld) -> None:
        self._world = world
        self._society = world.society
        self.wording = Wording(world, self._society)
        self._entities: dict[str, Callable[[datetime, datetime], list[Row]]] = {
            "events": self.events,
            "touches": self.touches,
            "orders": self.orders,
            "content": self.content,
            "users": self.users,
        }

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(self._entities)

    def rows(self, entity: str, since: datetime, until: datetime) -> Iterator[Row]:
        """Day by day, so that a long stretch never fills the memory. Raises KeyError for an unknown entity."""
        read = self._entities[entity]
        for first, last in self.days(since, until):
            yield from read(first, last)

    def days(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """A stretch of time cut at midnights, as far as it has happened."""
        until = min(until, self.known_until())
        while since < until:
            midnight = datetime.combine(since.astimezone(UTC).date(), datetime.min.time(), tzinfo=UTC) + _STEP
            yield since, min(midnight, until)
            since = midnight

    def known_until(self) -> datetime:
        return self._society.known_until()

    def opened_at(self) -> datetime:
        return self._world.opened_at()

    def events(self, since: datetime, until: datetime) -> list[Row]:
        return self.wording.events(self._society.facts(since, until))

    def touches(self, since: datetime, until: datetime) -> list[Row]:
        return self.wording.touches(self._society.touches(since, until))

    def orders(self, since: datetime, until: datetime) -> list[Row]:
        """Every version: the order when it is paid, and again whenever some of its money goes back."""
        bought = self._society.purchases(since, until)
        versions = [(int(row["instant"]), self._order(row, int(row["instant"]), 0)) for row in bought]
        for refund in self._society.order_refunds(since, until):
            original = self._society.order(refund.order)
            version = self._order(original, unix(refund.at), refund.minor)
            versions.append((unix(refund.at), version))
        versions.sort(key=lambda each: (each[0], each[1]["order_id"]))
        return [row for _, row in versions]

    def _order(self, row: Any, updated_at: int, refunded_minor: int) -> Row:
        number, currency = int(row["id"]), self.wording.someone(int(row["person"])).currency
        minor = minor_of(int(row["cents"]), currency)
        status = "paid" if not refunded_minor else "refunded" if refunded_minor >= minor else "partially_refunded"
        item = content.product_id(int(item_of(row["id"].reshape(1))[0]))
        total = amount(minor, currency)
        return {
            "order_id": order_id(number),
            "user_id": user_id(int(row["person"])),
            "occurred_at": instant(int(row["instant"])),
            "amount": total,
            "currency": currency,
            "status": status,
            "refunded_amount": amount(refunded_minor, currency),
            "items": [{"product_id": item, "quantity": 1, "unit_price": total}],
            "payment_id": self._society.commerce().payment_of(number),
            "updated_at": instant(updated_at),
        }

    def content(self, since: datetime, until: datetime) -> list[Row]:
        """What was published, corrected or withdrawn in the stretch; the shelf with the first day."""
        opened = self._world.opened_at()
        found = content.shelf(opened) if since <= opened < until else []
        reach = timedelta(days=10)
        for each in content.articles(since - reach, until):
            if since <= each.published_at < until:
                found.append(content.as_published(each))
            if each.updated_at != each.published_at and since <= each.updated_at < until:
                found.append(each)
        found += content.live_sessions(since, until)
        found.sort(key=lambda each: (each.updated_at, each.content_id))
        return [_content(each) for each in found]

    def users(self, since: datetime, until: datetime) -> list[Row]:
        return [self.user(person, at) for person, at in self._society.signed_up(since, until)]

    def user(self, person: int, signed_up_at: datetime) -> Row:
        known, when = self._society.people.person(person), instant(unix(signed_up_at))
        return {
            "user_id": user_id(person), "email": self._society.email(person), "name": self._society.full_name(person),
            "country": known.country, "timezone": known.timezone, "device": known.device,
            "referral_code": self._society.referral_code(person), "created_at": when, "updated_at": when,
        }  # fmt: skip


def _content(each: content.Content) -> Row:
    said: Row = {
        "content_id": each.content_id,
        "kind": each.kind,
        "title": each.title,
        "category": each.category,
        "published_at": instant(unix(each.published_at)),
        "url": f"{SITE}/{each.kind}s/{each.content_id}",
        "image_url": f"{SITE}/images/{each.content_id}.jpg",
        "updated_at": instant(unix(each.updated_at)),
    }
    return said if each.deleted_at is None else said | {"deleted_at": instant(unix(each.deleted_at))}


def lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """As JSON lines, many at a time: each piece that a server sends costs as much as many rows do."""
    coming = iter(rows)
    while some := list(islice(coming, _LINES_AT_ONCE)):
        yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in some)
