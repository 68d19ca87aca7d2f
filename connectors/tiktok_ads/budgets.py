"""Which budgets TikTok can hold: major units as a number, above a floor, whole where a currency has nothing smaller.

The rules are checked before anything is sent, so that a refusal can name the floor; the platform has the last word
(it also refuses less than 105 % of what is already spent, which only it can know for sure).
"""

from decimal import Decimal

from connectors.ad_platform import Level, Money

FLOORS_USD = {Level.CAMPAIGN: Decimal(50), Level.AD_GROUP: Decimal(20)}
# The dollar floor is multiplied by the currency's ratio. Currencies whose ratio is not known to us count as one, the
# lowest floor there is: the platform then refuses what lies between.
CURRENCY_RATIO = {"JPY": Decimal(100)}
CEILING = Decimal(10_000_000)
# Currencies without a smaller unit; all others are taken with two decimals at most.
WHOLE_CURRENCIES = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"})


class UnusableBudget(ValueError):
    """Why an amount cannot be a daily budget, in words for whoever proposed it."""


def floor(level: Level, currency: str) -> Decimal:
    return FLOORS_USD[level] * CURRENCY_RATIO.get(currency, Decimal(1))


def amount_on_the_wire(budget: Money, *, level: Level, account_currency: str) -> int | float:
    """The number to send; raises `UnusableBudget` when the platform cannot hold this amount on this level."""
    amount = budget.amount
    if level not in FLOORS_USD:
        raise UnusableBudget(f"an {level.value} carries no budget on TikTok; set it on the ad group or the campaign")
    if budget.currency != account_currency:
        raise UnusableBudget(f"the budget is in {budget.currency}, the account spends {account_currency}")
    if not amount.is_finite():
        raise UnusableBudget(f"{amount} is not an amount")
    least = floor(level, account_currency)
    if amount < least:
        where = level.value.replace("_", " ")
        raise UnusableBudget(f"{amount} {account_currency} a day is below the {where} floor of {least}")
    if amount >= CEILING:
        raise UnusableBudget(f"{amount} {account_currency} is not below the platform's ceiling of {CEILING}")
    step = Decimal(1) if account_currency in WHOLE_CURRENCIES else Decimal("0.01")
    if amount % step != 0:
        smallest = "no fractions" if step == 1 else "no fraction smaller than 0.01"
        raise UnusableBudget(f"{amount} {account_currency} cannot be expressed: the currency has {smallest}")
    return int(amount) if amount == amount.to_integral_value() else float(amount)
