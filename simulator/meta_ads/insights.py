"""Insights: the world's ad days added up as a question asks. How sums are written is in `simulator.meta_ads.metrics`.

Objects that were archived or deleted give rows at their own level only when a filter names their status; totals of the
levels above always hold their numbers.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from simulator.meta_ads.access import PARTY
from simulator.meta_ads.lists import compare, test_of
from simulator.meta_ads.metrics import Sums, numeric, render
from simulator.meta_ads.question import HOURLY, PUBLISHER, Days, InsightsLevel, Question, stepped
from simulator.meta_ads.statuses import HIDDEN_UNLESS_ASKED_FOR, effective_status
from simulator.world.model import AdAccount, AdDay, AdObject, AdWorld, Level

WORLD_LEVEL: Mapping[str, Level] = {"campaign": "campaign", "adset": "ad_group", "ad": "ad"}
# What an account's own totals answer without looking at its ads: this is what keeps an account's question cheap.
_ACCOUNT_KNOWS = frozenset(
    {
        *("account_id", "account_name", "account_currency", "attribution_setting", "date_start", "date_stop"),
        *("impressions", "clicks", "spend", "reach", "frequency", "cpc", "cpm", "cpp", "ctr"),
        *("action_values", "purchase_roas", "website_purchase_roas"),
    }
)
_METRIC_FILTERS = frozenset({"impressions", "clicks", "spend", "reach"})


@dataclass(frozen=True)
class Scope:
    """The node that is asked about."""

    account: AdAccount
    level: InsightsLevel
    id: str


@dataclass(frozen=True, order=True)
class _Cell:
    bucket: int
    entity: str
    slices: tuple[str, ...]


@dataclass
class _Family:
    """One ad with the objects above it."""

    ad: AdObject
    ad_group: AdObject
    campaign: AdObject

    def at(self, level: str) -> AdObject:
        return {"ad": self.ad, "adset": self.ad_group, "campaign": self.campaign}[level]


def answer(world: AdWorld, scope: Scope, question: Question) -> list[dict[str, Any]]:
    buckets = [step for span in question.spans for step in stepped(span, question.increment)]
    cells = _sums(world, scope, question)
    rows = []
    families = _Families(world)
    for cell in sorted(cells):
        sums = cells[cell]
        if not sums.delivered or not _passes_metrics(question, sums):
            continue
        names = _names(families, scope, question.level, cell.entity)
        split = dict(zip(question.breakdowns, cell.slices, strict=True))
        rows.append(render(sums, question, scope.account, buckets[cell.bucket], names=names, split=split))
    for rule in reversed(question.sort):
        name, _, direction = rule.rpartition("_")
        rows.sort(key=lambda row, name=name: numeric(row.get(name)), reverse=direction == "descending")
    return rows


class _Families:
    def __init__(self, world: AdWorld) -> None:
        self._world = world
        self._known: dict[str, _Family | None] = {}

    def of(self, ad_id: str) -> _Family | None:
        if ad_id not in self._known:
            ad = self._world.find(PARTY, "ad", ad_id)
            group = self._world.find(PARTY, "ad_group", (ad.parent_id or "") if ad else "")
            campaign = self._world.find(PARTY, "campaign", (group.parent_id or "") if group else "")
            self._known[ad_id] = _Family(ad, group, campaign) if ad and group and campaign else None
        return self._known[ad_id]

    def find(self, level: str, object_id: str) -> AdObject | None:
        return self._world.find(PARTY, WORLD_LEVEL[level], object_id)


def _sums(world: AdWorld, scope: Scope, question: Question) -> dict[_Cell, Sums]:
    cells: dict[_Cell, Sums] = {}
    of_account = question.level == "account" and not question.breakdowns and not question.filters
    before = 0
    for span in question.spans:
        steps = stepped(span, question.increment)
        starts = [step.first for step in steps]
        for row in (
            () if of_account and set(question.fields) <= _ACCOUNT_KNOWS else _ad_rows(world, scope, question, span)
        ):
            place = before + bisect_right(starts, row.day) - 1
            for part, slices in _split(world, scope.account, question, row):
                _add(cells, _Cell(place, _entity(scope, question.level, row), slices), part)
        if of_account:
            # The account's own totals stand; only what the account does not count itself comes from its ads.
            totals: dict[_Cell, Sums] = {}
            for day in world.account_days(PARTY, scope.account.id, span.first, span.until):
                place = before + bisect_right(starts, day.day) - 1
                _add(totals, _Cell(place, scope.account.id, ()), Sums.of_account_day(day))
            cells |= {cell: total.with_engagement_of(cells.get(cell, Sums())) for cell, total in totals.items()}
        before += len(steps)
    return cells


def _add(cells: dict[_Cell, Sums], cell: _Cell, part: Sums) -> None:
    cells[cell] = cells[cell].plus(part) if cell in cells else part


def _ad_rows(world: AdWorld, scope: Scope, question: Question, span: Days) -> Iterator[AdDay]:
    families = _Families(world)
    verdicts: dict[str, bool] = {}
    for row in world.ad_days(PARTY, scope.account.id, span.first, span.until):
        if row.ad_id not in verdicts:
            family = families.of(row.ad_id)
            verdicts[row.ad_id] = family is not None and _belongs(world, scope, question, family)
        if verdicts[row.ad_id]:
            yield row


def _belongs(world: AdWorld, scope: Scope, question: Question, family: _Family) -> bool:
    if scope.level != "account" and family.at(scope.level).id != scope.id:
        return False
    names_a_status = False
    for filter_ in question.filters:
        prefix, _, name = str(filter_["field"]).rpartition(".")
        if name in _METRIC_FILTERS:
            continue
        names_a_status = names_a_status or name in ("effective_status", "delivery_info")
        level = prefix or question.level
        if level == "account":
            continue
        if not test_of(world, level, name, filter_)(family.at(level)):
            return False
    if names_a_status or question.level in ("account", scope.level):
        return True
    return effective_status(world, family.at(question.level)) not in HIDDEN_UNLESS_ASKED_FOR


def _passes_metrics(question: Question, sums: Sums) -> bool:
    for filter_ in question.filters:
        name = str(filter_["field"]).rpartition(".")[2]
        if name in _METRIC_FILTERS:
            have = Decimal(getattr(sums, name))
            if not compare(str(filter_["operator"]).upper(), have, Decimal(str(filter_.get("value", 0)))):
                return False
    return True


def _entity(scope: Scope, level: InsightsLevel, row: AdDay) -> str:
    return {"account": scope.account.id, "campaign": row.campaign_id, "adset": row.ad_group_id, "ad": row.ad_id}[level]


def _names(families: _Families, scope: Scope, level: InsightsLevel, entity: str) -> dict[str, Any]:
    """Ids, names and settings a row may carry: its own level's and those above."""
    names: dict[str, Any] = {}
    at: str = level
    while at != "account":
        thing = families.find(at, entity)
        if thing is None:
            break
        names |= {f"{at}_id": thing.id, f"{at}_name": thing.name}
        for setting in ("objective", "buying_type", "optimization_goal"):
            if setting in thing.attributes:
                names[setting] = thing.attributes[setting]
        at, entity = {"ad": "adset", "adset": "campaign"}.get(at, "account"), thing.parent_id or ""
    return names


def _split(
    world: AdWorld, account: AdAccount, question: Question, row: AdDay
) -> Iterable[tuple[Sums, tuple[str, ...]]]:
    whole = Sums.of_ad_day(row)
    known = {PUBLISHER: row.slice}
    if HOURLY not in question.breakdowns:
        return [(whole, tuple(known.get(name, "unknown") for name in question.breakdowns))]
    hours = _hours_of(account, row.day, world.hour_shares(PARTY, account.id, row.day))
    return [
        (part, tuple((known | {HOURLY: hour}).get(name, "unknown") for name in question.breakdowns))
        for hour, part in whole.spread(hours)
    ]


def _hours_of(account: AdAccount, day: date, shares: Sequence[float]) -> list[tuple[str, float]]:
    """Each local hour with its share; on the day the clocks go back the hour that comes twice holds both."""
    zone = ZoneInfo(account.timezone)
    moment = datetime.combine(day, time(), zone).astimezone(UTC)
    by_hour: dict[int, float] = {}
    for place, share in enumerate(shares):
        hour = (moment + timedelta(hours=place)).astimezone(zone).hour
        by_hour[hour] = by_hour.get(hour, 0.0) + share
    return [(f"{hour:02d}:00:00 - {hour:02d}:59:59", share) for hour, share in sorted(by_hour.items())]
