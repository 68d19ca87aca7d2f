"""The ports that outside parties are spoken to through: what any of them is asked, and what can be changed on an ad
platform, in neutral words.

Rows that are read stay verbatim (the party's own JSON objects); their meaning is given by the party's `EntitySchema`s
and its dbt staging folder. Money that is written is exact and carries its currency; each connector
turns it into the platform's own unit and refuses what cannot be expressed in it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from connectors.asking import Question, usual_question
from connectors.entity_schema import EntitySchema

Row = dict[str, Any]
Clock = Callable[[], datetime]  # aware; UTC
Sleep = Callable[[float], None]  # seconds


@dataclass(frozen=True)
class DayWindow:
    """Account-local days, half-open: `until` is the first day that is not asked for."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if not self.since < self.until:
            raise ValueError(f"an empty window: since {self.since} must be before until {self.until}")


@dataclass(frozen=True)
class Money:
    amount: Decimal  # major units
    currency: str  # ISO 4217 code, upper case


class Level(StrEnum):
    CAMPAIGN = "campaign"
    AD_GROUP = "ad_group"
    AD = "ad"


class Status(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"
    DELETED = "deleted"
    UNKNOWN = "unknown"


class Objective(StrEnum):
    SALES = "sales"
    LEADS = "leads"
    TRAFFIC = "traffic"
    ENGAGEMENT = "engagement"
    AWARENESS = "awareness"


# What the dbt models of an ad platform stand on. `accounts` holds the account itself, one row a version.
AD_ENTITIES = ("accounts", "campaigns", "ad_groups", "ads", "creatives", "ad_daily", "account_daily")


@dataclass(frozen=True, kw_only=True)
class LookBack:
    """How far back a platform still changes its numbers. A day older than `days` and unchanged is final."""

    days: int  # the full re-pull, once a day
    hot_days: int  # the cheap re-pull, on every other run


@dataclass(frozen=True, kw_only=True)
class AccountRef:
    """One account of one party. Credentials are named here, never held: META_ACCOUNT_1 + _TOKEN."""

    party: str
    account_id: str
    credential_prefix: str


@dataclass(frozen=True, kw_only=True)
class AccountProfile:
    account_id: str
    name: str
    currency: str | None  # None: its rows have currencies of their own
    timezone: str  # IANA name: the zone whose days the platform counts in


@dataclass(frozen=True, kw_only=True)
class ObjectState:
    """An object as the platform holds it now: what a change is checked against, before and after."""

    level: Level
    id: str
    name: str
    status: Status
    daily_budget: Money | None  # None: this level carries no daily budget
    parent_id: str | None = None
    raw: Row = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CampaignDraft:
    name: str  # holds a unique tag, so that a create whose answer was lost can be found again
    objective: Objective
    daily_budget: Money | None = None
    status: Status = Status.PAUSED
    extras: Mapping[str, Any] = field(default_factory=dict)  # platform fields, passed as they are


@dataclass(frozen=True, kw_only=True)
class AdGroupDraft:
    name: str
    campaign_id: str
    daily_budget: Money | None = None
    countries: Sequence[str] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    status: Status = Status.PAUSED
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CreativeDraft:
    name: str
    text: str
    landing_page: str
    headline: str = ""
    image_ref: str | None = None  # the platform's own handle of an uploaded picture, post or video
    call_to_action: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AdDraft:
    name: str
    ad_group_id: str
    creative: CreativeDraft | None = None
    creative_id: str | None = None  # exactly one of the two
    status: Status = Status.PAUSED


@dataclass(frozen=True, kw_only=True)
class AudienceReceipt:
    """`received + invalid` equals what was sent, or the sync is refused as incomplete."""

    audience_id: str
    received: int
    invalid: int


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One question of a pull: `window` for windowed entities, `cursor` for those that continue where they stopped."""

    entity: str
    window: DayWindow | None = None
    cursor: str | None = None


class Reports(ABC):
    """Reading: everything an account can tell us. Iterators stream; rows are the platform's own objects."""

    @abstractmethod
    def profile(self) -> AccountProfile:
        """The account's name, currency and time zone; fails clearly when the account is unknown."""

    @abstractmethod
    def rows(self, ask: Ask) -> Iterator[Row]:
        """Every row of one entity, verbatim. Deleted objects are included; days without delivery give no row."""

    def position(self, entity: str) -> str | None:
        """How far the last answer about an entity went, as a growing number, where the rows do not tell it."""
        return None

    def requests_made(self) -> int | None:
        """How many calls this object has made so far, retries included; None where nobody counts them."""
        return None

    def close(self) -> None:
        """Lets go of what is held open, once nothing more is asked."""
        return None


class AdControl(ABC):
    """Writing. None of these is idempotent at the platform, so each verb reads before or after as it must:
    an answer that never arrived raises `OutcomeUnknown`, and `find_by_name` settles what happened."""

    @abstractmethod
    def read(self, level: Level, object_id: str) -> ObjectState: ...

    @abstractmethod
    def find_by_name(self, level: Level, name: str) -> ObjectState | None: ...

    @abstractmethod
    def set_status(self, level: Level, object_id: str, status: Status) -> None: ...

    @abstractmethod
    def set_daily_budget(self, level: Level, object_id: str, budget: Money) -> None: ...

    @abstractmethod
    def create_campaign(self, draft: CampaignDraft) -> str: ...

    @abstractmethod
    def create_ad_group(self, draft: AdGroupDraft) -> str: ...

    @abstractmethod
    def create_creative(self, draft: CreativeDraft) -> str: ...

    @abstractmethod
    def create_ad(self, draft: AdDraft) -> str: ...

    @abstractmethod
    def sync_audience(self, audience_id: str, *, add: Iterable[str], remove: Iterable[str]) -> AudienceReceipt:
        """Adds and removes people by normalised e-mail SHA-256 (hex); plain addresses are refused."""

    @abstractmethod
    def create_audience(self, name: str) -> str: ...


@dataclass(frozen=True)
class Ports:
    """What a connector is handed: time and credentials never come from the surroundings."""

    clock: Clock  # the business clock: what "today" is. The simulator's in practice, the wall clock in production
    wall_clock: Clock  # real time, for signatures and quota resets
    sleep: Sleep
    secret: Callable[[str], str | None]  # by name: "META_ACCOUNT_1_TOKEN"; None when it is not set
    base_url: str  # without a trailing slash
    timeout_seconds: float = 60.0  # how long one answer may take
    on_progress: Callable[[str], None] = lambda message: None
    home: Path | None = None  # the folder in which a workspace says what is special about it


@dataclass(frozen=True, kw_only=True)
class CredentialField:
    suffix: str  # "TOKEN" → META_ACCOUNT_1_TOKEN
    description: str
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class PartySpec:
    """All that the rest of Weir knows of a party that is asked; one line in `connectors.registry` makes it known."""

    party: str
    title: str
    env_prefix: str  # "META" → META_ACCOUNT_1_ID, META_BASE_URL
    base_url: str | None  # None: each account's credentials say where it is
    credentials: tuple[CredentialField, ...]
    look_back: LookBack
    schemas: tuple[EntitySchema, ...]
    reports: Callable[[AccountRef, Ports], Reports]
    questions: Callable[[AccountRef, Ports], Sequence[Question]] | None = None  # None: the usual ones
    paced_by: tuple[str, ...] = ("ad_daily",)  # entities whose last day says which days were missed

    def schema(self, entity: str) -> EntitySchema:
        for schema in self.schemas:
            if schema.entity == entity:
                return schema
        raise KeyError(f"{self.party} has no entity {entity!r}; it has {[s.entity for s in self.schemas]}")

    def asks(self, account: AccountRef, ports: Ports) -> Sequence[Question]:
        """What an account is asked in a pull."""
        if self.questions is not None:
            return self.questions(account, ports)
        return [usual_question(schema) for schema in self.schemas if schema.pulled]


@dataclass(frozen=True, kw_only=True)
class AdPlatformSpec(PartySpec):
    """A party that ads are run at: it has what the marts of ads stand on, and most can be changed."""

    control: Callable[[AccountRef, Ports], AdControl] | None  # None: changes are made by hand
