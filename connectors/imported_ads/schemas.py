"""Ad days of any platform, also ones Weir has no connector for: what one row of a brought file looks like."""

from connectors.entity_schema import Column, EntitySchema, Kind, Type


def _text(name: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Type.TEXT, f"$.{name}", description, required=required)


AD_DAILY = EntitySchema(
    party="imported_ads",
    entity="ad_daily",
    kind=Kind.WINDOWED,
    description="One platform, account, campaign (ad group, ad, creative where given) and account-local day.",
    columns=(
        _text("platform", "The platform's name, as the file gives it.", required=True),
        _text("account_id", "The account on that platform.", required=True),
        _text("campaign_id", "The campaign.", required=True),
        _text("campaign_name", "The campaign's name."),
        _text("ad_group_id", "The ad group; an empty text where the file does not go down to it."),
        _text("ad_id", "The ad; an empty text where the file does not go down to it."),
        _text("creative_id", "The creative; an empty text where the file does not go down to it."),
        Column("date", Type.DATE, "$.date", "The account-local day.", required=True),
        _text("currency", "ISO 4217 code of the money columns.", required=True),
        Column("spend", Type.DECIMAL, "$.spend", "Spend in major units.", required=True),
        Column("impressions", Type.INTEGER, "$.impressions", "Times shown."),
        Column("clicks", Type.INTEGER, "$.clicks", "Clicks."),
        Column("reported_conversions", Type.DECIMAL, "$.reported_conversions", "Conversions the platform claims."),
        Column("reported_value", Type.DECIMAL, "$.reported_value", "Value the platform claims, major units."),
        Column("pulled_at", Type.INSTANT, "$.pulled_at", "When the numbers were read from the platform."),
    ),
    key=("platform", "account_id", "campaign_id", "ad_group_id", "ad_id", "creative_id", "date"),
    day="date",
    pulled=False,
    brought=True,
)
SCHEMAS = (AD_DAILY,)
