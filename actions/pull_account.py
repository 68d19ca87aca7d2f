"""Pulls one account: asks its party about each entity and lands every answer verbatim.

One entity failing does not stop the others, one account never touches another; what failed is returned, not raised.
When to pull and how far back is decided elsewhere (`analysis.look_back`, the assets); loading is `actions.load_landed`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors.ad_platform import AccountProfile, AccountRef, Ask, Clock, DayWindow, Reports, Row, Sleep
from connectors.asking import Question
from connectors.entity_schema import EntitySchema
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullExists, PullWriter
from connectors.taxonomy import AuthExpired

_PROGRESS_ROWS = 10_000
_MOST_BATCHES = 1_000  # of one entity in one run; what is left waits for the next run


class Watermarks(ABC):
    """How far the entities that continue where they stopped have been landed."""

    @abstractmethod
    def cursor(self, *, party: str, account_id: str, entity: str) -> str | None: ...

    @abstractmethod
    def through_day(self, *, party: str, account_id: str, entity: str) -> date | None:
        """The last account-local day that has been landed; None: none ever."""

    @abstractmethod
    def landed(self, pull: "EntityPull") -> None:
        """Told after a pull is durable; a crash in between only means that some rows are asked for again."""


@dataclass(frozen=True, kw_only=True)
class EntityPull:
    """What came back for one entity, for run metadata. `error` is None when it landed."""

    party: str
    account_id: str
    entity: str
    pull_id: str
    window: DayWindow | None
    rows: int = 0
    bytes: int = 0
    spend: Decimal | None = None  # sum of the column `spend`, where the schema has one in major units
    currency: str | None = None
    cursor: str | None = None  # the largest number seen, for entities that continue where they stopped
    set_aside: tuple[str, ...] = ()  # files of interrupted pulls that were moved to _unfinished/
    had_landed: bool = False  # this very pull landed before (a run that is tried again at the same instant)
    error: Exception | None = None


@dataclass(frozen=True, kw_only=True)
class AccountPull:
    account: AccountRef
    profile: AccountProfile | None
    entities: tuple[EntityPull, ...]
    requests: int | None  # how many calls its reader has made; None where the connector does not count them
    error: Exception | None = None  # why the account could not be asked at all

    @property
    def rows(self) -> int:
        return sum(entity.rows for entity in self.entities)

    @property
    def window(self) -> DayWindow | None:
        """The account-local days that landed."""
        return next((each.window for each in self.entities if each.window and each.error is None), None)

    @property
    def spend(self) -> Decimal | None:
        """What the account says it spent; where it has no totals of its own, what its ads say. None: not known."""
        by_entity = {each.entity: each.spend for each in self.entities if each.error is None}
        totals = by_entity.get("account_daily")
        return by_entity.get("ad_daily") if totals is None else totals

    @property
    def failures(self) -> tuple[Exception, ...]:
        errors = [self.error, *(entity.error for entity in self.entities)]
        return tuple(error for error in errors if error is not None)


@dataclass(frozen=True, kw_only=True)
class PullPorts:
    """Everything a pull is handed besides the question."""

    landing: Path
    clock: Clock
    sleep: Sleep
    watermarks: Watermarks
    secrets: Sequence[str] = ()  # values that must never land, whatever an answer repeats
    on_progress: Callable[[str], None] = lambda message: None


def pull_account(
    account: AccountRef,
    *,
    reports: Reports,
    questions: Sequence[Question],
    window: DayWindow,
    pull_id: str,
    ports: PullPorts,
    profile: AccountProfile | None = None,
) -> AccountPull:
    """Lands one answer to each question. `window` is for entities with days; others are listed whole.

    A caller that has asked for the `profile` already hands it in, so that nobody asks twice.
    """
    try:
        profile = profile or reports.profile()
    except Exception as error:
        ports.on_progress(f"{account.party} {account.account_id}: {error}")
        return AccountPull(account=account, profile=None, entities=(), requests=reports.requests_made(), error=error)
    pulled: list[EntityPull] = []
    for question in questions:
        for result in _pull_batches(account, reports, question, profile, window=window, pull_id=pull_id, ports=ports):
            pulled.append(result)
            ports.on_progress(_sentence(result))
        if pulled and isinstance(pulled[-1].error, AuthExpired):
            break  # every further question would be refused too
    return AccountPull(account=account, profile=profile, entities=tuple(pulled), requests=reports.requests_made())


def _pull_batches(
    account: AccountRef,
    reports: Reports,
    question: Question,
    profile: AccountProfile,
    *,
    window: DayWindow,
    pull_id: str,
    ports: PullPorts,
) -> Iterator[EntityPull]:
    """One answer; of an entity whose rows come in batches, one after the other until there is nothing new.

    Asking for the next batch lets the party forget the last one, so each is durable before the next is asked for.
    """
    before: str | None = None
    in_batches = question.schema.cursor is not None
    for number in range(_MOST_BATCHES):
        name = f"{pull_id}-{number:03d}" if in_batches else pull_id
        result = _pull_entity(account, reports, question, profile, window=window, pull_id=name, ports=ports)
        yield result
        if not in_batches or result.error is not None or not result.rows or result.cursor == before:
            return
        before = result.cursor


def _pull_entity(
    account: AccountRef,
    reports: Reports,
    question: Question,
    profile: AccountProfile,
    *,
    window: DayWindow,
    pull_id: str,
    ports: PullPorts,
) -> EntityPull:
    schema = question.schema
    names: dict[str, Any] = {"party": account.party, "account_id": account.account_id, "entity": schema.entity}
    facts: dict[str, Any] = {**names, "pull_id": pull_id, "window": None, "currency": profile.currency}
    try:
        at = ports.clock()
        asked = window if question.by_days else None
        covered = asked
        if question.whole_daily:
            today = at.astimezone(ZoneInfo(profile.timezone)).date()
            through = ports.watermarks.through_day(**names)
            if through is None or through < today:
                question, asked, covered = question.whole, None, DayWindow(today, today + timedelta(days=1))
        facts["window"] = covered
        start = ports.watermarks.cursor(**names) if question.continues else None
        pull = Pull(
            **names,
            pull_id=pull_id,
            pulled_at=at,
            window=covered,
            currency=profile.currency,
            timezone=profile.timezone,
            complete=question.is_complete,
        )
        tally = _Tally(schema, start)
        with PullWriter(ports.landing, pull, sleep=ports.sleep, secrets=ports.secrets) as writer:
            for row in reports.rows(Ask(entity=schema.entity, window=asked, cursor=start)):
                writer.write(row)
                tally.add(row)
                if tally.rows % _PROGRESS_ROWS == 0:
                    ports.on_progress(f"{schema.party} {account.account_id} {schema.entity}: {tally.rows} rows so far")
        result = EntityPull(
            **facts,
            rows=tally.rows,
            bytes=writer.manifest.bytes if writer.manifest else 0,
            spend=tally.spend,
            cursor=reports.position(schema.entity) or tally.cursor,
            set_aside=writer.set_aside,
        )
        ports.watermarks.landed(result)
    except PullExists:
        return EntityPull(**facts, had_landed=True)
    except Exception as error:
        return EntityPull(**facts, error=error)
    return result


class _Tally:
    """Counts while rows pass by, so that a run can say what it brought without reading it again."""

    def __init__(self, schema: EntitySchema, start: str | None) -> None:
        self._spend_path = next((column.path for column in schema.columns if column.name == "spend"), None)
        self._cursor_path = schema.cursor
        self.rows = 0
        self.spend = None if self._spend_path is None else Decimal(0)
        self.cursor = start

    def add(self, row: Row) -> None:
        self.rows += 1
        if self._spend_path is not None and self.spend is not None:
            self.spend += _decimal(_at(row, self._spend_path))
        if self._cursor_path is not None:
            found = _at(row, self._cursor_path)
            if found is not None and (self.cursor is None or int(found) > int(self.cursor)):
                self.cursor = str(found)


def _at(row: Mapping[str, Any], path: str) -> Any:
    """Follows a plain path such as $.metrics.spend; anything else is not worth counting here."""
    found: Any = row
    for name in path.removeprefix("$.").split("."):
        found = found.get(name.strip('"')) if isinstance(found, Mapping) else None
    return found


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value)) if value is not None else Decimal(0)
    except InvalidOperation:
        return Decimal(0)  # the loader says what is wrong with it


def _sentence(pull: EntityPull) -> str:
    name = f"{pull.party} {pull.account_id} {pull.entity}"
    if pull.error is not None:
        return f"{name}: {pull.error}"
    if pull.had_landed:
        return f"{name}: this pull had landed before"
    days = f" for {pull.window.since} to {pull.window.until} (exclusive)" if pull.window else ""
    return f"{name}: {pull.rows} rows{days}"
