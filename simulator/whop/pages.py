"""Whop's lists: sorted, filtered, cut into pages by cursors.

The last page's `end_cursor` is null: the official SDK goes by nothing else, and would otherwise never stop.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from starlette.datastructures import QueryParams

from simulator.whop.refusals import invalid

T = TypeVar("T")
Key = tuple[int, str]
_USUAL, _MOST = 20, 100


@dataclass(frozen=True, kw_only=True)
class Asked:
    first: int | None
    after: Key | None
    last: int | None
    before: Key | None
    newest_first: bool
    order: str
    created_after: int | None
    created_before: int | None


def asked_of(query: QueryParams, *, orders: Sequence[str] = ("created_at",)) -> Asked:
    order = query.get("order", orders[0])
    direction = query.get("direction", "desc")
    if order not in orders:
        raise invalid(f"order must be one of {', '.join(orders)}", param="order")
    if direction not in ("asc", "desc"):
        raise invalid("direction must be asc or desc", param="direction")
    first, last = _size(query, "first"), _size(query, "last")
    if first is not None and last is not None:
        raise invalid("first and last cannot be combined", param="last")
    return Asked(
        first=first, after=_cursor(query, "after"), last=last, before=_cursor(query, "before"),
        newest_first=direction == "desc", order=order, created_after=instant_of(query, "created_after"),
        created_before=instant_of(query, "created_before"),
    )  # fmt: skip


def _size(query: QueryParams, name: str) -> int | None:
    if name not in query:
        return None
    text = query[name]
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= _MOST:
        raise invalid(f"{name} must be between 1 and {_MOST}", param=name)
    return int(text)


def instant_of(query: QueryParams, name: str) -> int | None:
    if name not in query:
        return None
    try:
        moment = datetime.fromisoformat(query[name])
    except ValueError:
        raise invalid(f"{name} must be an ISO 8601 timestamp", param=name) from None
    if moment.tzinfo is None:
        raise invalid(f"{name} must carry an offset", param=name)
    return int(moment.timestamp())


def written_cursor(key: Key) -> str:
    return urlsafe_b64encode(f"{key[0]}|{key[1]}".encode()).decode()


def _cursor(query: QueryParams, name: str) -> Key | None:
    if not query.get(name):
        return None
    try:
        number, _, id_ = urlsafe_b64decode(query[name]).decode().partition("|")
        return int(number), id_
    except ValueError:
        raise invalid(f"{name} is not a cursor of this list", param=name) from None


class Listing(Generic[T]):
    """A table in order, sorted anew only when it has grown."""

    def __init__(self, key: Callable[[T], Key]) -> None:
        self._key = key
        self._sorted: list[T] = []
        self._keys: list[Key] = []

    def page(
        self,
        table: Sequence[T],
        asked: Asked,
        *,
        keep: Callable[[T], bool],
        shape: Callable[[T], dict[str, Any]],
        always_resort: bool = False,
    ) -> dict[str, Any]:
        if always_resort or len(table) != len(self._keys):
            self._sorted = sorted(table, key=self._key)
            self._keys = [self._key(each) for each in self._sorted]
        low, high = self._bounds(asked)
        chosen, more_before, more_after = self._chosen(asked, low, high, keep)
        keys = [self._key(each) for each in chosen]
        return {
            "data": [shape(each) for each in chosen],
            "page_info": {
                "start_cursor": written_cursor(keys[0]) if keys else None,
                "end_cursor": written_cursor(keys[-1]) if keys and more_after else None,
                "has_next_page": more_after,
                "has_previous_page": more_before,
            },
        }

    def _bounds(self, asked: Asked) -> tuple[int, int]:
        """Rows between the cursors, in ascending order of the key."""
        after, before = (asked.before, asked.after) if asked.newest_first else (asked.after, asked.before)
        low = 0 if after is None else bisect_right(self._keys, after)
        return low, len(self._keys) if before is None else bisect_left(self._keys, before)

    def _chosen(self, asked: Asked, low: int, high: int, keep: Callable[[T], bool]) -> tuple[list[T], bool, bool]:
        from_end = asked.newest_first == (asked.last is None)
        size = asked.last or asked.first or _USUAL
        rows = range(high - 1, low - 1, -1) if from_end else range(low, high)
        chosen: list[T] = []
        more = False
        for row in rows:
            if keep(self._sorted[row]):
                if len(chosen) == size:
                    more = True
                    break
                chosen.append(self._sorted[row])
        backwards = asked.last is not None
        if backwards:
            chosen.reverse()
        came_from = asked.before is not None if backwards else asked.after is not None
        return chosen, more if backwards else came_from, came_from if backwards else more
