"""Members of custom audiences: hashed people added, removed and replaced, in sessions of several uploads."""

import re
from dataclasses import dataclass, field
from typing import Any

from simulator.meta_ads.access import PARTY
from simulator.meta_ads.errors import invalid
from simulator.meta_ads.habits import Habits
from simulator.meta_ads.request import GraphRequest
from simulator.world.model import AdObject, AdWorld

_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNHASHED = frozenset({"EXTERN_ID", "MADID", "MOBILE_ADVERTISER_ID", "APPUID", "UID"})
_SESSION_KEYS = ("session_id", "batch_seq", "last_batch_flag")
_SAMPLES = 3


@dataclass
class _Session:
    received: int = 0
    invalid: int = 0
    samples: dict[str, str] = field(default_factory=dict)
    collected: set[tuple[str, ...]] = field(default_factory=set)


class Audiences:
    def __init__(self, world: AdWorld, habits: Habits) -> None:
        self._world = world
        self._habits = habits
        self._members: dict[str, set[tuple[str, ...]]] = {}
        self._sessions: dict[tuple[str, str, str], _Session] = {}

    def members(self, audience_id: str) -> frozenset[tuple[str, ...]]:
        return frozenset(self._members.get(audience_id, ()))

    def receive(self, audience: AdObject, request: GraphRequest, *, edge: str) -> dict[str, Any]:
        """One upload. Counts are the session's so far; the last upload of a replacement swaps the members."""
        schema, rows = self._payload(request)
        session_id, sequence, is_last = _session_of(request, needed=edge == "usersreplace")
        key = (audience.id, f"{request.method} {edge}", session_id)
        if sequence == 1 or not session_id:
            self._sessions.pop(key, None)
        session = self._sessions.setdefault(key, _Session())
        good = {row for row in rows if _is_valid(schema, row)}
        session.received += len(rows)
        for row in rows:
            if row not in good:
                session.invalid += 1
                if len(session.samples) < _SAMPLES:
                    session.samples[str(len(session.samples))] = ",".join(row)[:12]
        have = self._members.setdefault(audience.id, set())
        if edge == "usersreplace":
            session.collected |= good
            if is_last:
                self._members[audience.id] = set(session.collected)
        elif request.method == "DELETE":
            have -= good
        else:
            have |= good
        size = len(self._members[audience.id])
        self._world.update(PARTY, "audience", audience.id, attributes={"size": size})
        return {
            "audience_id": audience.id,
            "session_id": session_id,
            "num_received": session.received,
            "num_invalid_entries": session.invalid,
            "invalid_entry_samples": session.samples,
        }

    def _payload(self, request: GraphRequest) -> tuple[list[str], list[tuple[str, ...]]]:
        payload = request.mapping("payload")
        if payload is None or "schema" not in payload or not isinstance(payload.get("data"), list):
            raise invalid("payload needs schema and data", "payload")
        if len(payload["data"]) > self._habits.largest_audience_upload:
            raise invalid(f"At most {self._habits.largest_audience_upload} entries in one upload", "payload")
        schema = payload["schema"] if isinstance(payload["schema"], list) else [payload["schema"]]
        keys = [re.sub(r"_?(SHA256|HASH)$", "", str(key).upper()) for key in schema]
        rows = [tuple(map(str, row)) if isinstance(row, list) else (str(row),) for row in payload["data"]]
        if any(len(row) != len(keys) for row in rows):
            raise invalid("Every entry of data needs one value for each key of schema", "payload")
        return keys, rows


def _session_of(request: GraphRequest, *, needed: bool) -> tuple[str, int, bool]:
    session = request.mapping("session")
    if session is None:
        if needed:
            raise invalid("The parameter session is required", "session")
        return "", 1, True
    missing = [name for name in _SESSION_KEYS if name not in session]
    if missing:
        raise invalid(f"session needs {', '.join(missing)}", "session")
    identity = str(session["session_id"])
    if not identity.isdigit() or int(identity) >= 2**64:
        raise invalid("session_id must be a 64-bit unsigned integer", "session")
    return identity, int(session["batch_seq"]), bool(session["last_batch_flag"])


def _is_valid(schema: list[str], row: tuple[str, ...]) -> bool:
    pairs = zip(schema, row, strict=True)
    return any(row) and all(not value or key in _UNHASHED or _SHA256.fullmatch(value) for key, value in pairs)
