"""Exchange rates and tokens' prices: what one landed row looks like, fetched or brought. Nothing here converts."""

from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.plain_columns import decimal, text

PARTY = "markets"
FX_RATES = EntitySchema(
    party=PARTY,
    entity="fx_rates",
    kind=Kind.OBJECT,
    description="One currency's rate on one day, as the newest file says.",
    columns=(
        Column("date", Type.DATE, "$.date", "The day the rate holds for.", required=True),
        Column("currency", Type.TEXT, "$.currency", "ISO 4217 code, or a token's symbol, upper case.", required=True),
        Column(
            "usd_per_unit",
            Type.DECIMAL,
            "$.usd_per_unit",
            "US dollars for one unit of the currency on that day.",
            required=True,
        ),
    ),
    key=("date", "currency"),
    brought=True,
)
PRICES = EntitySchema(
    party=PARTY,
    entity="prices",
    kind=Kind.OBJECT,
    description="One token's price at one instant, as the newest answer or file says.",
    columns=(
        text("symbol", "The token's symbol, upper case.", required=True),
        # In files it is called `at`, which SQL takes for a word of its own.
        Column("priced_at", Type.INSTANT, "$.at", "The instant that the price holds for.", required=True),
        decimal("price_usd", "US dollars for one token.", required=True),
    ),
    key=("symbol", "priced_at"),
    brought=True,
)
SCHEMAS = (FX_RATES, PRICES)
