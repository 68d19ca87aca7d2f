"""What Weir itself foretells from the marts, landed like everything else: models read it as of the instant it was for.

How it is reckoned is said in `analysis.lifetime_value`; nobody is asked for it and nobody brings it.
"""

from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.plain_columns import decimal, text, user_id, whole

PARTY = "predictions"


def _outlook(whom: str) -> tuple[Column, ...]:
    return (
        decimal("expected_purchases", f"Days on which {whom} are expected to buy within the horizon."),
        decimal("expected_usd", "What those purchases are expected to come to, in US dollars."),
        decimal("low_usd", "Lower end of the range that holds 90 % of the futures drawn."),
        decimal("high_usd", "Upper end of that range."),
    )


def _horizon() -> Column:
    description = "How many days ahead, from the instant that it was reckoned for."
    return Column("horizon_days", Type.INTEGER, "$.horizon_days", description, required=True)


LIFETIME_VALUES = EntitySchema(
    party=PARTY,
    entity="lifetime_values",
    kind=Kind.OBJECT,
    description="One buyer's purchases to come within one horizon, as last foretold.",
    columns=(
        user_id("Who is expected to buy.", required=True),
        _horizon(),
        decimal("alive", "The probability that they still buy at all."),
        decimal("purchase_usd", "What a day on which they buy is expected to come to, in US dollars."),
        *_outlook("they"),
    ),
    key=("user_id", "horizon_days"),
    pulled=False,
)

LIFETIME_COHORTS = EntitySchema(
    party=PARTY,
    entity="lifetime_cohorts",
    kind=Kind.OBJECT,
    description="One month's new buyers, with their purchases to come within one horizon, as last foretold.",
    columns=(
        text("cohort_month", "The month of their first purchase, as 2026-11.", required=True),
        _horizon(),
        whole("buyers", "How many they are."),
        *_outlook("all of them"),
        *(
            decimal(name, f"Parameter {name} of the model of {of}, as fitted to all buyers.")
            for names, of in (("r alpha a b", "how often people buy"), ("p q gamma", "what a purchase is worth"))
            for name in names.split()
        ),
        decimal("correlation", "Of how often and for how much people buy, which the model takes for none."),
    ),
    key=("cohort_month", "horizon_days"),
    pulled=False,
)

SCHEMAS = (LIFETIME_VALUES, LIFETIME_COHORTS)
