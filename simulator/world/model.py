"""The nouns of the practice world, in neutral words: what an ad platform's door may ask of the world and tell it.

Doors (`simulator.meta_ads`, `simulator.x_ads`, …) speak a platform's exact contract and translate to these; the world
(`simulator.world.practice`) knows no platform's wire format. Money is `Decimal` in major units of the account's
currency; days are account-local; windows are half-open.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from starlette.routing import BaseRoute

from simulator.webhooks import Delivery, Sent

Level = Literal["campaign", "ad_group", "ad", "creative", "audience"]
Status = Literal["active", "paused", "archived", "deleted"]


@dataclass(frozen=True, kw_only=True)
class AdAccount:
    party: str  # meta_ads | x_ads | tiktok_ads | telegram
    id: str  # as the platform writes it, without decoration ("act_" is added at Meta's door)
    name: str
    currency: str
    timezone: str
    status: Literal["active", "suspended"] = "active"
    created_at: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AdObject:
    """One version of a campaign, ad group, ad, creative or audience. `attributes` holds platform fields verbatim."""

    party: str
    account_id: str
    level: Level
    id: str
    parent_id: str | None  # ad → ad group → campaign; creatives and audiences have none
    name: str
    status: Status
    daily_budget: Decimal | None
    lifetime_budget: Decimal | None
    created_at: datetime
    updated_at: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Claimed:
    """What a platform claims for one kind of conversion, by its attribution windows, as known now.

    Click windows are cumulative (28d ≥ 7d ≥ 1d); views are counted apart from clicks.
    """

    click_1d: int = 0
    click_7d: int = 0
    click_28d: int = 0
    view_1d: int = 0
    value_click_1d: Decimal = Decimal(0)
    value_click_7d: Decimal = Decimal(0)
    value_click_28d: Decimal = Decimal(0)
    value_view_1d: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class AdDay:
    """One ad, account-local day and slice, as known now. A day without delivery has no AdDay."""

    ad_id: str
    ad_group_id: str
    campaign_id: str
    day: date
    slice: str  # Meta: publisher platform (facebook, instagram…); X: placement; elsewhere ""
    impressions: int
    clicks: int
    link_clicks: int
    reach: int
    engagements: int
    video_views: int
    spend: Decimal
    claims: Mapping[str, Claimed] = field(default_factory=dict)  # kind (purchase, sign_up, add_to_cart) → claimed


@dataclass(frozen=True, kw_only=True)
class AccountDay:
    """The account's own total of a day; may hold a small remainder that no ad explains."""

    day: date
    impressions: int
    clicks: int
    spend: Decimal
    reach: int
    claims: Mapping[str, Claimed] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ChannelDay:
    """Telegram: a channel's membership and a post's engagement as they stand."""

    chat_id: int
    day: date
    members: int
    joined: int
    left: int


class AdWorld(ABC):
    """What the doors may ask of the world. Implementations are deterministic: same seed, same calls, same answers."""

    seed: int

    @abstractmethod
    def now(self) -> datetime:
        """Virtual time, aware, UTC."""

    @abstractmethod
    def accounts(self, party: str) -> Sequence[AdAccount]: ...

    @abstractmethod
    def account(self, party: str, account_id: str) -> AdAccount | None: ...

    @abstractmethod
    def objects(self, party: str, account_id: str, level: Level) -> Sequence[AdObject]:
        """Current versions, oldest first, deleted ones included (each door hides what its platform hides)."""

    @abstractmethod
    def find(self, party: str, level: Level, object_id: str) -> AdObject | None: ...

    @abstractmethod
    def create(
        self,
        party: str,
        account_id: str,
        level: Level,
        *,
        name: str,
        parent_id: str | None = None,
        status: Status = "paused",
        daily_budget: Decimal | None = None,
        lifetime_budget: Decimal | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> AdObject:
        """Creates an object now, with an id in the platform's own style (numeric, base36, 19 digits)."""

    @abstractmethod
    def update(self, party: str, level: Level, object_id: str, **changes: Any) -> AdObject:
        """Changes name, status, daily_budget, lifetime_budget or attributes (merged) now; what happens next follows."""

    @abstractmethod
    def ad_days(self, party: str, account_id: str, since: date, until: date) -> Sequence[AdDay]:
        """Half-open days, ordered by day, ad, slice, as known now (restated while days ripen)."""

    @abstractmethod
    def account_days(self, party: str, account_id: str, since: date, until: date) -> Sequence[AccountDay]: ...

    @abstractmethod
    def hour_shares(self, party: str, account_id: str, day: date) -> Sequence[float]:
        """How a day's delivery spreads over its local hours (23, 24 or 25 of them); sums to 1."""

    @abstractmethod
    def channel_days(self, chat_id: int, since: date, until: date) -> Sequence[ChannelDay]: ...


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What the doors accept. One set per account; made up, and worth nothing outside the practice world."""

    party: str
    account_id: str
    fields: Mapping[str, str]  # TOKEN, APP_SECRET, CONSUMER_KEY …


@dataclass(frozen=True, kw_only=True)
class Door:
    """What every platform's door is handed."""

    world: AdWorld
    credentials: Sequence[Credentials]
    wall_clock: Callable[[], datetime]  # real time: signatures and quota resets are checked against it
    base_url: Callable[[], str]  # the address the simulator is served at, for absolute links in answers
    is_revoked: Callable[[str, str], bool] = lambda party, account_id: False  # a fault that can be switched on
    post_webhook: Callable[[Delivery], None] = lambda delivery: None  # queued, sent and retried by the world
    on_sent: Callable[[Callable[[Sent], None]], None] = lambda listener: None  # who is told what became of deliveries
    add_controls: Callable[[Sequence[BaseRoute]], None] = lambda routes: None  # a door's own pages under /sim/
