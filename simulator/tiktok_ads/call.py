"""One call as a handler sees it: who calls, for which advertiser, with which parameters; and what the door remembers.

Authentication happens here, once for all handlers: a missing token, an unknown one and a token of somebody else are
three different codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.tiktok_ads.envelope import Code, Refusal
from simulator.tiktok_ads.objects import PARTY
from simulator.tiktok_ads.parameters import Parameters
from simulator.world.model import AdAccount, Door


@dataclass(kw_only=True)
class Upload:
    """A file of hashed people, waiting to be put into an audience."""

    advertiser_id: str
    calculate_type: str
    lines: frozenset[str]


@dataclass(kw_only=True)
class Memory:
    """What the platform keeps beside the objects of the world."""

    request_ids: set[tuple[str, str, str]] = field(default_factory=set)  # advertiser, call, request_id
    uploads: dict[str, Upload] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)  # audience → hashes
    tasks: dict[str, Any] = field(default_factory=dict)
    recent_calls: dict[str, list[datetime]] = field(default_factory=dict)  # advertiser → wall-clock instants
    counter: int = 0

    def next_number(self) -> int:
        self.counter += 1
        return self.counter


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes at which the platform says no. Smaller ones make its refusals easy to meet in tests."""

    report_rows: int = 200_000  # a synchronous report above this is "too large" (40067)
    report_ads: int = 20_000  # a report over more ads is cut off, and a header says so
    calls_per_second: int | None = None  # per advertiser; the platform's basic level is 20


@dataclass(frozen=True, kw_only=True)
class Call:
    door: Door
    memory: Memory
    limits: Limits
    token: str
    parameters: Parameters
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def account(self) -> AdAccount:
        """The advertiser the call is about, if its token may act for it."""
        return self.account_named(self.parameters.text("advertiser_id"))

    def account_named(self, advertiser_id: str) -> AdAccount:
        found = self.door.world.account(PARTY, advertiser_id)
        if found is None or advertiser_id not in self.allowed_accounts():
            raise Refusal(Code.NO_PERMISSION, f"No permission to operate advertiser {advertiser_id}.")
        return found

    def allowed_accounts(self) -> list[str]:
        """The advertisers of this token; refuses a token that is missing, unknown or revoked."""
        if not self.token:
            raise Refusal(Code.TOKEN_EMPTY, "Access token is empty.")
        mine = [
            held.account_id
            for held in self.door.credentials
            if held.party == PARTY
            and held.fields.get("TOKEN") == self.token
            and not self.door.is_revoked(PARTY, held.account_id)
        ]
        if not mine:
            raise Refusal(Code.TOKEN_INVALID, "Access token is incorrect or has been revoked.")
        return mine
