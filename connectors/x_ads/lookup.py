"""Finding objects on X by id and by exact name, so that nothing is made twice and lost answers can be settled."""

from collections.abc import Iterator
from typing import Any

from connectors.ad_platform import Level, ObjectState, Row, Status
from connectors.taxonomy import Conflict
from connectors.x_ads.states import EDGES, state_of
from connectors.x_ads.wire import Wire

_RENAME = "Rename or delete the surplus ones on X; Weir names what it makes uniquely."


class Lookup:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def read(self, level: Level, object_id: str) -> ObjectState:
        row = self._wire.get(self._wire.account_path(f"{EDGES[level].path}/{object_id}"))["data"]
        return self._named(row) if level is Level.AD else state_of(level, row)

    def by_name(self, level: Level, name: str) -> ObjectState | None:
        """The one that is not deleted and bears exactly this name; a promoted tweet bears its tweet's."""
        if level is Level.AD:
            tweets = {tweet["tweet_id"] for tweet in self.tweets(name)}
            promoted = self._wire.pages(self._wire.account_path("/promoted_tweets")) if tweets else ()
            found = [state_of(level, row, name=name) for row in promoted if row["tweet_id"] in tweets]
        else:
            rows = self.named(EDGES[level].path, name, with_draft="true")
            found = [state_of(level, row) for row in rows]
        alive = [each for each in found if each.status is not Status.DELETED]
        return self.only(alive, f"{EDGES[level].title}s named {name!r}")

    def named(self, path: str, name: str, **params: str) -> Iterator[Row]:
        """X's `q` also finds names that merely contain the text."""
        rows = self._wire.pages(self._wire.account_path(path), {"q": name, **params})
        return (row for row in rows if row.get("name") == name and not row.get("deleted"))

    def tweets(self, name: str) -> list[Row]:
        """Tweets cannot be searched by name: their list is read through."""
        rows = self._wire.pages(self._wire.account_path("/tweets"), {"tweet_type": "PUBLISHED", "timeline_type": "ALL"})
        return [row for row in rows if row.get("name") == name and not row.get("deleted")]

    def only(self, found: list[Any], what: str) -> Any:
        if len(found) > 1:
            raise Conflict(self._wire.said("GET by name", f"there are {len(found)} {what}"), remedy=_RENAME)
        return found[0] if found else None

    def _named(self, row: Row) -> ObjectState:
        params = {"tweet_type": "PUBLISHED", "timeline_type": "ALL", "tweet_ids": row["tweet_id"] or ""}
        tweets = self._wire.pages(self._wire.account_path("/tweets"), params) if row["tweet_id"] else ()
        name = next((tweet.get("name") for tweet in tweets if tweet["tweet_id"] == row["tweet_id"]), None)
        return state_of(Level.AD, row, name=name or "")
