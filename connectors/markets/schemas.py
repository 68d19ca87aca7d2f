"""Exchange rates: what one landed row looks like. People bring the files; nothing here fetches or converts."""

from connectors.entity_schema import Column, EntitySchema, Kind, Type

FX_RATES = EntitySchema(
    party="markets",
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
    pulled=False,
)
SCHEMAS = (FX_RATES,)
