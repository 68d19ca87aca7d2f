"""What a platform says of an account's days at one instant: rows in the doors' neutral words.

Everything is worked out from the day books and the instant asked about; nothing is remembered between two questions but
finished rows, for as long as virtual time stands still.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from simulator.world import fx
from simulator.world.calendar import local_date, local_day
from simulator.world.economy import Books, Economy
from simulator.world.luck import Ints, key_of, uniforms
from simulator.world.model import AccountDay, AdDay, Claimed
from simulator.world.orders import KINDS
from simulator.world.restatement import Basics, ClaimTable, basics_known, claims_known

_REMAINDER_CHANCE = 0.18  # days on which the account's total holds a little that no ad explains
_REMAINDER = (0.0005, 0.004)
_KEPT_ROWS = 30_000
_ZERO = Decimal(0)


@dataclass(frozen=True)
class _Known:
    """An account's day as known now, by cell."""

    basics: Basics
    claims: ClaimTable


class Reports:
    def __init__(self, economy: Economy) -> None:
        self._economy = economy
        self._kept: dict[tuple[int, int], tuple[int, tuple[AdDay, ...]]] = {}
        self._kept_rows = 0

    def forget(self) -> None:
        """After anything happened: what was worked out may no longer be what is known."""
        self._kept.clear()
        self._kept_rows = 0

    def ad_days(self, books: Books, since: date, until: date, *, now: int) -> list[AdDay]:
        rows: list[AdDay] = []
        for day in self._days(books, since, until, now=now):
            key = (books.number, day)
            kept = self._kept.get(key)
            if kept is None or kept[0] != now:
                kept = self._kept[key] = (now, self._rows(books, day, now=now))
                self._kept_rows += len(kept[1])
                if self._kept_rows > _KEPT_ROWS:
                    self.forget()
            rows.extend(kept[1])
        return rows

    def account_days(self, books: Books, since: date, until: date, *, now: int) -> list[AccountDay]:
        return [
            total
            for day in self._days(books, since, until, now=now)
            if (total := self._total(books, day, now=now)) is not None
        ]

    def hour_shares(self, books: Books, day: date) -> list[float]:
        expected = local_day(books.account.timezone, day)
        hours = int(expected.hours[-1]) + 1
        book = self._economy.days.find(books.number, day.toordinal())
        spent = None if book is None else book.hourly_spend[:hours].astype(np.float64)
        if spent is None or spent.sum() <= 0.0:
            spent = np.bincount(expected.hours, weights=expected.share, minlength=hours)
        shares = spent / spent.sum()
        return [float(share) for share in shares]

    def _days(self, books: Books, since: date, until: date, *, now: int) -> Sequence[int]:
        today = local_date(books.account.timezone, now).toordinal()
        wanted = range(since.toordinal(), min(until.toordinal(), today + 1))
        return [day for day in wanted if self._economy.days.find(books.number, day) is not None]

    def known(self, books: Books, day: int, *, now: int) -> _Known:
        book = self._economy.days.find(books.number, day)
        if book is None:
            raise KeyError(f"nothing happened on {date.fromordinal(day)}")
        size = book.impressions.size  # cells added later had no part in this day
        numbers = books.columns[:size]
        currency = books.account.currency
        happened = Basics(impressions=book.impressions, clicks=book.clicks, spend=book.spend)
        basics = basics_known(
            happened,
            keys=self._economy.delivery.cells["key"][numbers],
            ad_keys=books.ad_keys[:size],
            day=day,
            day_end=local_day(books.account.timezone, date.fromordinal(day)).end,
            now=now,
            traits=books.traits,
            unit=_unit(books),
        )
        claims = book.claims()
        table = claims_known(
            claims,
            columns=np.searchsorted(numbers, claims["cell"]),
            cells=size,
            now=now,
            minor_per_cent=float(fx.PER_USD[currency]) * 10 ** (fx.decimals(currency) - 2),
        )
        present = basics.impressions > 0
        return _Known(basics, ClaimTable(table.counts * present[:, None, None], table.values * present[:, None, None]))

    def _rows(self, books: Books, day: int, *, now: int) -> tuple[AdDay, ...]:
        known = self.known(books, day, now=now)
        basics, claims = known.basics, known.claims
        numbers = books.columns[: basics.impressions.size]
        derived = _derived(self._economy, books, basics, numbers, day)
        unit, places = _unit(books), fx.decimals(books.account.currency)
        scale = -6 if unit == 1 else -places
        table = zip(
            *(each.tolist() for each in (basics.impressions, basics.clicks, basics.spend // unit)),
            *(each.tolist() for each in (derived.link_clicks, derived.reach, derived.engagements, derived.video_views)),
            claims.counts.tolist(),
            claims.values.tolist(),
            strict=True,
        )
        rows = []
        for cell, (impressions, clicks, spend, link_clicks, reach, engagements, video_views, counts, values) in zip(
            books.cells, table, strict=False
        ):
            if impressions == 0:
                continue
            rows.append(
                AdDay(
                    ad_id=cell.ad_id,
                    ad_group_id=cell.ad_group_id,
                    campaign_id=cell.campaign_id,
                    day=date.fromordinal(day),
                    slice=cell.slice,
                    impressions=impressions,
                    clicks=clicks,
                    link_clicks=link_clicks,
                    reach=reach,
                    engagements=engagements,
                    video_views=video_views,
                    spend=Decimal(spend).scaleb(scale),
                    claims=_all_claimed(counts, values, places=places),
                )
            )
        return tuple(sorted(rows, key=lambda row: (row.ad_id, row.slice)))

    def _total(self, books: Books, day: int, *, now: int) -> AccountDay | None:
        known = self.known(books, day, now=now)
        impressions, spend = int(known.basics.impressions.sum()), int(known.basics.spend.sum())
        if impressions == 0:
            return None
        numbers = books.columns[: known.basics.impressions.size]
        derived = _derived(self._economy, books, known.basics, numbers, day)
        luck = uniforms(
            key_of(self._economy.seed, "remainder", books.account.party, books.account.id), day, np.arange(2)
        )
        share = _REMAINDER[0] + (_REMAINDER[1] - _REMAINDER[0]) * float(luck[1])
        unit, places = _unit(books), fx.decimals(books.account.currency)
        scale = -6 if unit == 1 else -places
        unexplained = luck[0] < _REMAINDER_CHANCE
        more = max(unit, int(spend * share) // unit * unit) if unexplained else 0
        counts, values = known.claims.counts.sum(axis=0).tolist(), known.claims.values.sum(axis=0).tolist()
        return AccountDay(
            day=date.fromordinal(day),
            impressions=impressions + (max(1, int(impressions * share)) if unexplained else 0),
            clicks=int(known.basics.clicks.sum()),
            spend=Decimal((spend + more) // unit).scaleb(scale),
            reach=max(1, int(derived.reach.sum() * 0.93)),
            claims=_all_claimed(counts, values, places=places),
        )


@dataclass(frozen=True)
class _Derived:
    link_clicks: Ints
    reach: Ints
    engagements: Ints
    video_views: Ints


def _derived(economy: Economy, books: Books, basics: Basics, numbers: Ints, day: int) -> _Derived:
    """What follows from impressions and clicks in fixed shares, a little different for each cell and day."""
    keys, traits = economy.delivery.cells["key"][numbers], books.traits
    mood = 0.85 + 0.3 * uniforms(keys, day, 81)
    groups = economy.delivery.cells["group"][numbers]
    near = 0.12 * economy.delivery.group_traits["audience"][groups] * economy.delivery.cells["share"][numbers]
    reach = np.floor(near * -np.expm1(-basics.impressions / near)).astype(np.int64)
    return _Derived(
        link_clicks=np.floor(
            basics.clicks * traits.link_share + uniforms(keys, day, 82) * (1.0 - traits.link_share)
        ).astype(np.int64),
        reach=np.clip(reach, np.minimum(basics.impressions, 1), basics.impressions),
        engagements=basics.clicks + np.floor(basics.impressions * traits.engagement_rate * mood).astype(np.int64),
        video_views=np.floor(basics.impressions * traits.view_rate * mood).astype(np.int64),
    )


def _unit(books: Books) -> int:
    """The smallest spend the platform reports, in millionths: X bills millionths, the others a currency's own unit."""
    if books.account.party == "x_ads":
        return 1
    return 10 ** (6 - fx.decimals(books.account.currency))


def _all_claimed(counts: list[list[int]], values: list[list[int]], *, places: int) -> dict[str, Claimed]:
    return {
        kind: _claimed(counted, valued, places=places)
        for kind, counted, valued in zip(KINDS, counts, values, strict=True)
        if any(counted)
    }


def _claimed(counts: list[int], values: list[int], *, places: int) -> Claimed:
    money = [Decimal(value).scaleb(-places) if value else _ZERO for value in values]
    return Claimed(
        click_1d=counts[0], click_7d=counts[1], click_28d=counts[2], view_1d=counts[3],
        value_click_1d=money[0], value_click_7d=money[1], value_click_28d=money[2], value_view_1d=money[3],
    )  # fmt: skip
