"""The columns of X's landed rows: objects in X's own words, days as `connectors.x_ads.reports` gives them."""

from connectors.entity_schema import Column, EntitySchema, Kind, Type

PARTY = "x_ads"


def text(name: str, description: str, *, path: str | None = None, required: bool = False) -> Column:
    return Column(name, Type.TEXT, path or f"$.{name}", description, required)


def number(name: str, description: str, *, path: str | None = None) -> Column:
    return Column(name, Type.INTEGER, path or f"$.{name}", description)


def flag(name: str, description: str) -> Column:
    return Column(name, Type.BOOLEAN, f"$.{name}", description)


def metric(name: str, description: str) -> Column:
    return number(name, description, path=f"$.metrics.{name}")


def conversion(kind: str, what: str) -> tuple[Column, ...]:
    """A web conversion is an object: its counts by how they were reached, and the value of its sales."""
    prefix = f"$.metrics.conversion_{kind}"
    return (
        number(f"conversion_{kind}", f"{what} that X claims, engagements and views together.", path=f"{prefix}.metric"),
        number(f"conversion_{kind}_post_engagement", f"{what} after an engagement.", path=f"{prefix}.post_engagement"),
        number(f"conversion_{kind}_post_view", f"{what} after a view.", path=f"{prefix}.post_view"),
        number(
            f"conversion_{kind}_sale_amount_local_micro",
            f"Value of those {what.lower()}, in micros of the account's currency.",
            path=f"{prefix}.sale_amount",
        ),
    )


ID = text("id", "X's identifier.", required=True)
NAME = text("name", "The name people gave it.")
STATUS = text("entity_status", "ACTIVE, PAUSED or DRAFT.")
TIMES = (
    Column("created_at", Type.INSTANT, "$.created_at", "When it was made."),
    Column("updated_at", Type.INSTANT, "$.updated_at", "When it last changed."),
    flag("deleted", "Whether it was deleted."),
)
BUDGETS = (
    number("daily_budget_amount_local_micro", "Daily budget in micros; null where another level carries it."),
    number("total_budget_amount_local_micro", "Budget of the whole flight in micros; null when there is none."),
)


def objects(entity: str, description: str, *columns: Column) -> EntitySchema:
    return EntitySchema(
        party=PARTY, entity=entity, kind=Kind.OBJECT, description=description, columns=columns, key=(columns[0].name,)
    )


SCHEMAS = (
    objects(
        "accounts",
        "One advertising account as X describes it; its currency is known from what pays for it.",
        ID,
        NAME,
        text("timezone", "The IANA zone whose midnights cut X's days."),
        text("approval_status", "ACCEPTED, or why the account may not advertise."),
        text("country_code", "Country of the business."),
        *TIMES,
    ),
    objects(
        "campaigns",
        "One campaign as X describes it.",
        ID,
        NAME,
        text("funding_instrument_id", "What pays for it."),
        text("budget_optimization", "CAMPAIGN or LINE_ITEM: the level that carries the budget."),
        STATUS,
        text("effective_status", "What it amounts to in the end."),
        flag("servable", "Whether it can deliver now."),
        Column("reasons_not_servable", Type.JSON, "$.reasons_not_servable", "Why it cannot deliver."),
        text("currency", "Currency of its budgets."),
        *BUDGETS,
        *TIMES,
    ),
    objects(
        "ad_groups",
        "One line item as X describes it.",
        ID,
        text("campaign_id", "The campaign it belongs to."),
        NAME,
        text("objective", "What it is optimised for."),
        text("goal", "The event it bids for."),
        text("product_type", "What it promotes."),
        Column("placements", Type.JSON, "$.placements", "Where it may show."),
        text("bid_strategy", "AUTO, MAX or TARGET."),
        number("bid_amount_local_micro", "Bid in micros; null when X chooses it."),
        STATUS,
        text("currency", "Currency of its budgets."),
        *BUDGETS,
        Column("start_time", Type.INSTANT, "$.start_time", "When it starts."),
        Column("end_time", Type.INSTANT, "$.end_time", "When it ends."),
        *TIMES,
    ),
    objects(
        "ads",
        "One promoted tweet: a tweet promoted by a line item.",
        ID,
        text("line_item_id", "The line item that promotes it."),
        text("tweet_id", "The tweet it shows."),
        STATUS,
        text("approval_status", "Whether X accepted it."),
        *TIMES,
    ),
    objects(
        "creatives",
        "One tweet that is or can be promoted.",
        text("tweet_id", "X's identifier of the tweet.", required=True),
        NAME,
        text("full_text", "What it says, links included."),
        text("card_uri", "The card below the text, if any."),
        Column("media_keys", Type.JSON, "$.media_keys", "Pictures and videos in it."),
        text("created_at", "When it was posted, in X's older date format."),
    ),
    EntitySchema(
        party=PARTY,
        entity="ad_daily",
        kind=Kind.WINDOWED,
        description="One promoted tweet, account-local day and placement with any delivery, as known at one pull.",
        columns=(
            text("id", "The promoted tweet.", required=True),
            Column("date", Type.DATE, "$.date", "Account-local day.", required=True),
            text("placement", "ALL_ON_TWITTER, SPOTLIGHT or TREND; their sum is the whole.", required=True),
            metric("impressions", "Times it was shown."),
            metric("clicks", "Clicks of every kind."),
            metric("url_clicks", "Clicks on its link."),
            metric("engagements", "Interactions of every kind."),
            metric("video_total_views", "Views of its video."),
            metric("billed_charge_local_micro", "Spend in micros of the account's currency; may fall for 14 days."),
            metric("billed_engagements", "Interactions that were charged."),
            *conversion("purchases", "Purchases"),
            *conversion("sign_ups", "Sign-ups"),
            *conversion("add_to_carts", "Additions to a cart"),
        ),
        key=("id", "date", "placement"),
        day="date",
    ),
    EntitySchema(
        party=PARTY,
        entity="account_daily",
        kind=Kind.WINDOWED,
        description="One account-local day with any delivery: funding instruments and placements added up.",
        columns=(
            Column("date", Type.DATE, "$.date", "Account-local day.", required=True),
            Column("funding_instrument_ids", Type.JSON, "$.funding_instrument_ids", "What paid on this day."),
            metric("impressions", "Times ads were shown."),
            metric("clicks", "Clicks of every kind."),
            metric("url_clicks", "Clicks on links."),
            metric("engagements", "Interactions of every kind."),
            metric("billed_charge_local_micro", "Spend in micros of the account's currency; may fall for 14 days."),
            metric("billed_engagements", "Interactions that were charged."),
        ),
        key=("date",),
        day="date",
    ),
)
