"""Custom audiences: made once by name, and kept in step in calls of bounded size.

Adding or removing the same person twice leaves the same audience, so a lost answer here is simply asked again.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from connectors.ad_platform import AudienceReceipt
from connectors.taxonomy import Rejected
from connectors.x_ads.lookup import Lookup
from connectors.x_ads.wire import Wire

MOST_OPERATIONS = 2500  # one person each: some 110 bytes, so far below the 5 000 000 bytes a call may hold
_HASH = re.compile(r"[0-9a-f]{64}")


class Audiences:
    def __init__(self, wire: Wire, lookup: Lookup) -> None:
        self._wire = wire
        self._lookup = lookup

    def create(self, name: str) -> str:
        found = list(self._lookup.named("/custom_audiences", name))
        existing = self._lookup.only(found, f"audiences named {name!r}")
        if existing is not None:
            return existing["id"]
        return self._wire.write("POST", self._wire.account_path("/custom_audiences"), {"name": name})["id"]

    def sync(self, audience_id: str, *, add: Iterable[str], remove: Iterable[str]) -> AudienceReceipt:
        path = self._wire.account_path(f"/custom_audiences/{audience_id}/users")
        changes = [("Update", each) for each in add] + [("Delete", each) for each in remove]
        for _, person in changes:
            if not _HASH.fullmatch(person):  # checked for all before any is sent, and never shown
                said = self._wire.said(f"POST {path}", "an entry is not a SHA-256 in lower-case hexadecimal")
                raise Rejected(said, remedy="Normalise and hash addresses before they are handed in.")
        received = 0
        for call in calls(changes):
            answer = self._wire.post_json(path, call, is_repeatable=True)
            if answer["success_count"] != answer["total_count"]:
                counts = f"X took {answer['success_count']} of {answer['total_count']}, after {received} before them"
                raise Rejected(self._wire.said(f"POST {path}", counts), remedy="Sync the whole audience again.")
            received += len(call)
        return AudienceReceipt(audience_id=audience_id, received=received, invalid=0)


def calls(changes: list[tuple[str, str]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(changes), MOST_OPERATIONS):
        yield [
            {"operation_type": verb, "params": {"users": [{"email": [person]}]}}
            for verb, person in changes[start : start + MOST_OPERATIONS]
        ]
