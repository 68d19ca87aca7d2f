"""Which budgets TikTok takes: floors by level and currency, whole units where a currency has no fractions, and never
less than what has been spent already, with a margin.

Amounts are major units on the wire, as floats; the world keeps them exact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from simulator.tiktok_ads.envelope import Refusal, invalid
from simulator.tiktok_ads.objects import PARTY, budget_mode
from simulator.world.model import AdAccount, AdDay, AdObject, AdWorld, Level

FLOORS_USD: dict[str, Decimal] = {"campaign": Decimal(50), "ad_group": Decimal(20)}
CURRENCY_RATIO: dict[str, Decimal] = {"JPY": Decimal(100)}  # times the dollar floor; one where nothing is known
WHOLE_CURRENCIES = frozenset({"JPY"})
CEILING = Decimal(10_000_000)
MARGIN_OVER_SPENT = Decimal("1.05")
DAILY_MODES = ("BUDGET_MODE_DAY", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET")
MODES = (*DAILY_MODES, "BUDGET_MODE_TOTAL", "BUDGET_MODE_INFINITE")


@dataclass(frozen=True)
class Budget:
    """At most one of the two; neither means no budget on this level."""

    daily: Decimal | None
    lifetime: Decimal | None


def floor(level: Level, currency: str) -> Decimal:
    return FLOORS_USD[level] * CURRENCY_RATIO.get(currency, Decimal(1))


def budget_of(mode: str, amount: Decimal | None, *, level: Level, currency: str, days: int = 1) -> Budget:
    if mode == "BUDGET_MODE_INFINITE":
        if amount:
            raise invalid("budget: Must not be set when budget_mode is BUDGET_MODE_INFINITE.")
        return Budget(None, None)
    if amount is None:
        raise invalid("budget: Missing data for required field.")
    check_amount(amount, level=level, currency=currency, days=1 if mode in DAILY_MODES else days)
    return Budget(amount, None) if mode in DAILY_MODES else Budget(None, amount)


def check_amount(amount: Decimal, *, level: Level, currency: str, days: int = 1) -> None:
    least = floor(level, currency) * days
    if currency in WHOLE_CURRENCIES and amount != amount.to_integral_value():
        raise invalid(f"budget: {currency} budgets must be integers.")
    if amount != amount.quantize(Decimal("0.01")):
        raise invalid("budget: At most two decimals are allowed.")
    if amount < least:
        raise invalid(f"budget: The {level.replace('_', ' ')} budget must be at least {least} {currency}.")
    if amount >= CEILING:
        raise invalid(f"budget: The budget must be less than {CEILING} {currency}.")


def change(found: AdObject, amount: Decimal, *, world: AdWorld, account: AdAccount) -> dict[str, Decimal]:
    """What a budget update does to the object, or why it is refused."""
    mode = budget_mode(found)
    if mode == "BUDGET_MODE_INFINITE":
        raise invalid("budget: The object has no budget of its own; its budget_mode cannot be changed.")
    check_amount(amount, level=found.level, currency=account.currency)
    spent = _spent(found, world, account, today_only=mode in DAILY_MODES)
    if amount < spent * MARGIN_OVER_SPENT:
        raise _too_low(spent, account.currency)
    return {"daily_budget": amount} if mode in DAILY_MODES else {"lifetime_budget": amount}


def _too_low(spent: Decimal, currency: str) -> Refusal:
    return invalid(f"budget: Must be at least 105% of the {spent} {currency} already spent.")


def _spent(found: AdObject, world: AdWorld, account: AdAccount, *, today_only: bool) -> Decimal:
    today = world.now().astimezone(ZoneInfo(account.timezone)).date()
    since = today if today_only else found.created_at.astimezone(ZoneInfo(account.timezone)).date()
    belongs: dict[str, Callable[[AdDay], str]] = {
        "campaign": lambda day: day.campaign_id,
        "ad_group": lambda day: day.ad_group_id,
    }
    id_of = belongs[found.level]
    days = world.ad_days(PARTY, account.id, since, today + timedelta(days=1))
    return sum((day.spend for day in days if id_of(day) == found.id), Decimal(0))


def whole_days(start: str, end: str) -> int:
    """How many days a schedule touches; its instants are UTC without a zone."""
    first, last = _instant(start), _instant(end)
    if last <= first:
        raise invalid("schedule_end_time: Must be later than schedule_start_time.")
    return max(1, _days(first.date(), last.date()))


def _days(first: date, last: date) -> int:
    return (last - first).days


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise invalid("schedule: Times must look like 2026-11-01 00:00:00 (UTC).") from error
