"""Monthly recurring revenue against a reference that asks, for each customer and month, what covered its last instant.

A thousand small worlds of a few customers each, in two zones: periods that begin and end on the midnights that cut
months, and just beside them; that overlap, follow each other, leave gaps, and lie inside one month; and currencies
without a rate.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

WORLDS = 1000
ENGINES = ("duckdb", "postgres")  # both of them for the first zone
ZONES = ("Europe/Berlin", "Pacific/Auckland")
AS_OF = datetime(2026, 8, 14, 9, tzinfo=UTC)
MARTS = ("fct_mrr_movements", "fct_mrr_monthly", "fct_subscription_events")
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
MICRO = Decimal("0.000001")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Period:
    membership: str
    started_at: datetime
    ended_at: datetime | None
    amount: Decimal
    currency: str
    interval: str
    status: str
    reason: str | None


def usd_per_euro(day: date) -> Decimal | None:
    """Another rate every day, and none on each fifth."""
    return None if day.day % 5 == 0 else Decimal(1000 + day.timetuple().tm_yday) / 1000


def awkward_instant(luck: random.Random, zone: str) -> datetime:
    """October 2025 to September 2026: clocks move twice, in the one zone on the last day of a month."""
    month = luck.randrange(12)
    midnight = datetime(2025 + (month + 9) // 12, (month + 9) % 12 + 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    beside = luck.choice([timedelta(), timedelta(microseconds=-1), timedelta(microseconds=1)])
    return midnight + luck.choice(
        [beside, timedelta(hours=luck.randrange(31 * 24)), timedelta(days=luck.randrange(31))]
    )


def customers(world: int, luck: random.Random, zone: str) -> Iterator[tuple[str, list[Period]]]:
    for number in range(luck.randint(1, 3)):
        periods: dict[tuple[str, datetime], Period] = {}
        for membership in range(luck.randint(1, 2)):
            name = f"m{world:04}-{number}-{membership}"
            price = (Decimal(luck.choice(["9.99", "10", "0", "49.90"])), luck.choice(["USD", "USD", "EUR"]))
            starts = awkward_instant(luck, zone)
            for _ in range(luck.randint(1, 4)):
                ends = awkward_instant(luck, zone)
                ended_at = luck.choice([ends, ends, None]) if ends > starts else None
                amount, currency = price if luck.random() < 0.6 else (Decimal(luck.choice(["10", "120.01"])), "USD")
                interval = luck.choice(["month", "month", "year", "week"])
                status = luck.choice(["active"] * 4 + ["trialing", "paused", "past_due", "canceling", "canceled"])
                reason = luck.choice([None, None, "Payment failed", "too expensive"])
                periods[name, starts] = Period(name, starts, ended_at, amount, currency, interval, status, reason)
                starts = luck.choice([ended_at or ends, awkward_instant(luck, zone)])
        yield f"w{world:04}-{number}", list(periods.values())


@dataclass(frozen=True)
class Ledger:
    """One zone's worlds, and the calendar they live by."""

    zone: str
    periods: dict[str, list[Period]]

    def month_of(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date().replace(day=1)

    def covers(self, period: Period, month: date) -> bool:
        after = datetime.combine(next_month(month), datetime.min.time(), tzinfo=ZoneInfo(self.zone))
        if after > AS_OF:
            return period.started_at <= AS_OF and (period.ended_at is None or period.ended_at > AS_OF)
        return period.started_at < after and (period.ended_at is None or period.ended_at >= after)

    def rate(self, period: Period, before: list[Period]) -> Decimal | None:
        """On the first day of the price: renewals that follow each other without a gap have one."""
        for earlier in reversed(before):
            same = price_of(earlier) == price_of(period)
            if not same or (earlier.ended_at is not None and earlier.ended_at < period.started_at):
                break
            period = earlier
        return Decimal(1) if period.currency == "USD" else usd_per_euro(local_day(period.started_at, self.zone))


def local_day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = next_month(first)


def is_paid(period: Period) -> bool:
    return period.status not in ("trialing", "paused") and period.amount > 0


def price_of(period: Period) -> tuple[Any, ...]:
    return period.amount, period.interval, period.currency, period.status in ("trialing", "paused")


def monthly(period: Period) -> Decimal:
    parts = {"month": Fraction(1), "year": Fraction(1, 12), "week": Fraction(52, 12)}
    exact = Fraction(period.amount) * parts[period.interval] if is_paid(period) else Fraction(0)
    return (Decimal(exact.numerator) / exact.denominator).quantize(MICRO, ROUND_HALF_UP)


def churn_kind(period: Period) -> str:
    if period.reason is not None:
        return "involuntary" if period.reason == "Payment failed" else "voluntary"
    return {"past_due": "involuntary", "canceling": "voluntary"}.get(period.status, "unknown")


def history(ledger: Ledger, periods: list[Period]) -> dict[date, tuple[Any, ...]]:
    """Month → movement, churn, paying, memberships, without a rate, start, the five movements, end."""
    periods = sorted((each for each in periods if each.started_at <= AS_OF), key=lambda each: each.started_at)
    if not periods:
        return {}
    of = {name: [each for each in periods if each.membership == name] for name in {p.membership for p in periods}}
    ends = [each.ended_at for each in periods if each.ended_at is not None and each.ended_at <= AS_OF]
    last = ledger.month_of(AS_OF)
    if len(ends) == len(periods):
        last = min(last, next_month(ledger.month_of(max(ends))))
    found, start, was_paying, paid_before = {}, Decimal(0), False, False
    for month in months(ledger.month_of(periods[0].started_at), last):
        covering = [[each for each in mine if ledger.covers(each, month)] for mine in of.values()]
        counting = [mine[-1] for mine in covering if mine]
        amounts = []
        for period in counting:
            rate = ledger.rate(period, [each for each in of[period.membership] if each.started_at < period.started_at])
            amount = monthly(period)
            amounts.append(None if amount and rate is None else (amount * (rate or 0)).quantize(MICRO, ROUND_HALF_UP))
        end = None if None in amounts else sum(amounts, Decimal(0))
        paying = any(is_paid(each) for each in counting)
        change = None if start is None or end is None else end - start
        movement = None
        if paying != was_paying:
            movement = ("reactivation" if paid_before else "new") if paying else "churn"
        elif change:
            movement = "expansion" if change > 0 else "contraction"
        left = [
            each
            for each in periods
            if is_paid(each) and each.ended_at in ends and ledger.month_of(each.ended_at) == month
        ]
        kind = None
        if movement == "churn":
            newest = max(left, key=lambda each: (each.ended_at, each.membership, each.started_at), default=None)
            kind = "unknown" if newest is None else churn_kind(newest)
        moved = [None if change is None else change if each == movement else Decimal(0) for each in MOVEMENTS]
        found[month] = (movement, kind, paying, len(counting), amounts.count(None), start, *moved, end)
        start, was_paying, paid_before = end, paying, paid_before or paying
    return found


@pytest.fixture(scope="module", params=ZONES)
def ledger(request) -> Ledger:
    luck = random.Random(20261121)
    share = range(WORLDS // len(ZONES)) if request.param == ZONES[0] else range(WORLDS // len(ZONES), WORLDS)
    worlds = (customers(world, luck, request.param) for world in share)
    return Ledger(request.param, {person: periods for world in worlds for person, periods in world})


@pytest.fixture(scope="module")
def built(tmp_path_factory, new_mills, ledger):
    mills = new_mills(tmp_path_factory.mktemp("mrr"), *(ENGINES if ledger.zone == ZONES[0] else ENGINES[:1]))
    ask = {"at": AS_OF, "currency": None, "timezone": None, "complete": False}
    rows = [
        {
            "membership_id": period.membership,
            "user_id": person,
            "plan_id": "p",
            "started_at": period.started_at.isoformat(),
            "ended_at": period.ended_at and period.ended_at.isoformat(),
            "amount": str(period.amount),
            "currency": period.currency,
            "interval": period.interval,
            "status": period.status,
            "cancel_reason": period.reason,
        }
        for person, periods in ledger.periods.items()
        for period in periods
    ]
    days = [date(2025, 9, 1) + timedelta(days=nth) for nth in range(400)]
    rates = [
        {"date": str(day), "currency": "EUR", "usd_per_unit": str(usd_per_euro(day))}
        for day in days
        if usd_per_euro(day)
    ]
    mills["duckdb"].land("product", "subscriptions", "files", rows, **ask)
    mills["duckdb"].land("markets", "fx_rates", "files", rates, **ask | {"at": datetime(2025, 9, 1, tzinfo=UTC)})
    mills["duckdb"].define(f"workspace: {{timezone: {ledger.zone}}}")
    for mill in mills.values():
        mill.build("--select", *(f"+{name}" for name in MARTS), variables={"as_of": AS_OF.isoformat()})
    return mills


@pytest.fixture(scope="module")
def histories(ledger) -> dict[str, dict[date, tuple[Any, ...]]]:
    return {f"u:{person}": history(ledger, periods) for person, periods in ledger.periods.items()}


def test_every_month_of_every_customer_is_what_the_reference_says(built, histories):
    amounts = ", ".join(f"{name}_usd" for name in ("start", *MOVEMENTS, "end"))
    rows = built["duckdb"].query(f"""
        select person_id, date_month, movement, churn_kind, is_paying, memberships, rows_without_rate, {amounts}
        from marts.fct_mrr_movements
    """)
    expected = {(person, month): row for person, told in histories.items() for month, row in told.items()}

    assert {row[2] for row in rows} == {None, *MOVEMENTS}
    assert len(rows) == len(expected)
    assert {row[:2]: row[2:] for row in rows} == expected


def test_every_month_of_all_customers_is_the_sum_of_theirs(built, ledger, histories):
    told: defaultdict[date, list[tuple[Any, ...]]] = defaultdict(list)
    for months_of_one in histories.values():
        for month, row in months_of_one.items():
            told[month].append(row)
    counts = ", ".join(f"{name}_customers" for name in MOVEMENTS)
    amounts = ", ".join(f"{name}_usd" for name in ("start", *MOVEMENTS, "end"))
    rows = built["duckdb"].query(f"""
        select date_month, is_running, customers, {counts}, rows_without_rate, {amounts}
        from marts.fct_mrr_monthly order by 1
    """)

    assert [row[0] for row in rows] == list(months(min(told), ledger.month_of(AS_OF)))
    for month, is_running, customers_told, *found in rows:
        mine = told[month]
        sums = [None if None in column else sum(column, Decimal(0)) for column in list(zip(*mine, strict=True))[5:]]
        assert is_running == (month == date(2026, 8, 1))
        assert customers_told == sum(row[2] for row in mine)
        assert found == [
            *(sum(row[0] == each for row in mine) for each in MOVEMENTS),
            sum(row[4] for row in mine),
            *sums,
        ]


@pytest.mark.parametrize("ledger", ZONES[:1], indirect=True)
@pytest.mark.parametrize("name", MARTS)
def test_both_engines_hold_the_same_rows(built, name):
    assert built["duckdb"].mart(name) == built["postgres"].mart(name)
