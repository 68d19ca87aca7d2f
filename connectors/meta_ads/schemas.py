"""What one row of each Meta entity looks like, as the platform reports it. Metrics arrive as texts; absent means none.

Volatile fields (what is left of a budget, the account's balance) and ratios are not asked for: they would make a new
version of every object at every pull, and sums are divided later.
"""

from connectors.entity_schema import Column, EntitySchema, Kind, Type

PARTY = "meta_ads"


def _text(name: str, description: str, *, path: str | None = None, required: bool = False) -> Column:
    return Column(name, Type.TEXT, f"$.{path or name}", description, required=required)


def _integer(name: str, description: str) -> Column:
    return Column(name, Type.INTEGER, f"$.{name}", description)


def _instant(name: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Type.INSTANT, f"$.{name}", description, required=required)


def _json(name: str, description: str, *, path: str | None = None) -> Column:
    return Column(name, Type.JSON, f"$.{path or name}", description)


_TIMES = (
    _instant("created_time", "When it was created."),
    _instant("updated_time", "When it was last changed."),
)
_STATUS = (
    _text("status", "What it is set to: ACTIVE, PAUSED, ARCHIVED or DELETED."),
    _text("effective_status", "What it is once its parents, the review and the account's payments are considered."),
)
_BUDGETS = (
    _integer("daily_budget", "Daily budget in the platform's minor unit of the account's currency; 0 or null: none."),
    _integer("lifetime_budget", "Budget of its whole life in the same minor unit; 0 or null: none."),
)
_DELIVERY = (
    Column("spend", Type.DECIMAL, "$.spend", "Spend in major units of the account's currency."),
    _integer("impressions", "Times shown."),
    _integer("clicks", "Clicks of every kind."),
    _integer("inline_link_clicks", "Clicks on links to the destination."),
    _integer("inline_post_engagement", "Engagements with the post of every kind."),
    _integer("reach", "People reached; does not add up over ads, days or platforms."),
)
_CLAIMS = (
    _json("actions", "What Meta claims, counted by action type and attribution window; types overlap, never add them."),
    _json("action_values", "The value of what Meta claims, major units, by action type and attribution window."),
)
_DAY = Column("date", Type.DATE, "$.date_start", "The account-local day.", required=True)

ACCOUNTS = EntitySchema(
    party=PARTY,
    entity="accounts",
    kind=Kind.OBJECT,
    description="One ad account as Meta describes it.",
    key=("account_id",),
    columns=(
        _text("account_id", "The ad account, without its act_ prefix.", required=True),
        _text("name", "The account's name."),
        _text("currency", "ISO 4217 code of everything it spends.", required=True),
        _text("timezone_name", "IANA name of the zone whose days reports count in.", required=True),
        _integer("account_status", "1: may advertise; any other number: may not."),
        _integer("min_daily_budget", "The smallest daily budget, in the platform's minor unit."),
        _instant("created_time", "When it was created."),
    ),
)

CAMPAIGNS = EntitySchema(
    party=PARTY,
    entity="campaigns",
    kind=Kind.OBJECT,
    description="One campaign as Meta describes it.",
    key=("campaign_id",),
    columns=(
        _text("campaign_id", "The campaign.", path="id", required=True),
        _text("account_id", "Its ad account."),
        _text("name", "The campaign's name."),
        _text("objective", "What it is optimised for: OUTCOME_SALES, OUTCOME_LEADS …"),
        *_STATUS,
        *_BUDGETS,
        _text("bid_strategy", "How it bids; null where its ad sets decide."),
        _text("buying_type", "AUCTION or RESERVED."),
        _json("special_ad_categories", "Categories with special rules (housing, credit …)."),
        _instant("start_time", "When it starts or started."),
        _instant("stop_time", "When it ends; null: open."),
        *_TIMES,
    ),
)

AD_GROUPS = EntitySchema(
    party=PARTY,
    entity="ad_groups",
    kind=Kind.OBJECT,
    description="One ad set as Meta describes it.",
    key=("adset_id",),
    columns=(
        _text("adset_id", "The ad set.", path="id", required=True),
        _text("account_id", "Its ad account."),
        _text("campaign_id", "Its campaign.", required=True),
        _text("name", "The ad set's name."),
        *_STATUS,
        *_BUDGETS,
        _text("billing_event", "What is paid for: IMPRESSIONS, LINK_CLICKS …"),
        _text("optimization_goal", "What delivery is optimised for."),
        _text("bid_strategy", "How it bids; null where its campaign decides."),
        _integer("bid_amount", "Its bid or cost cap, in the platform's minor unit."),
        _json("targeting", "Whom it is shown to."),
        _json("attribution_spec", "The attribution windows its own numbers use."),
        _instant("start_time", "When it starts or started."),
        _instant("end_time", "When it ends; null: open."),
        *_TIMES,
    ),
)

ADS = EntitySchema(
    party=PARTY,
    entity="ads",
    kind=Kind.OBJECT,
    description="One ad as Meta describes it.",
    key=("ad_id",),
    columns=(
        _text("ad_id", "The ad.", path="id", required=True),
        _text("account_id", "Its ad account."),
        _text("campaign_id", "Its campaign.", required=True),
        _text("adset_id", "Its ad set.", required=True),
        _text("creative_id", "What it shows.", path="creative.id"),
        _text("name", "The ad's name."),
        *_STATUS,
        *_TIMES,
    ),
)

CREATIVES = EntitySchema(
    party=PARTY,
    entity="creatives",
    kind=Kind.OBJECT,
    description="One creative as Meta describes it.",
    key=("creative_id",),
    columns=(
        _text("creative_id", "The creative.", path="id", required=True),
        _text("account_id", "Its ad account."),
        _text("name", "The creative's name."),
        _text("status", "ACTIVE, IN_PROCESS, WITH_ISSUES or DELETED."),
        _text("title", "Its headline."),
        _text("body", "Its text."),
        _text("object_type", "What kind of post it is: SHARE, VIDEO …"),
        _text("call_to_action_type", "Its button."),
        _text("link_url", "Where it leads."),
        _text("url_tags", "Query parameters the platform adds to the link."),
        _text("image_hash", "The platform's handle of its picture."),
        _json("object_story_spec", "The post it is made of."),
    ),
)

AD_DAILY = EntitySchema(
    party=PARTY,
    entity="ad_daily",
    kind=Kind.WINDOWED,
    description="One ad, account-local day and publisher platform (Facebook, Instagram …) as known at one pull.",
    key=("ad_id", "date", "publisher_platform"),
    day="date",
    columns=(
        _DAY,
        _text("account_id", "The ad account."),
        _text("campaign_id", "The ad's campaign."),
        _text("adset_id", "The ad's ad set."),
        _text("ad_id", "The ad.", required=True),
        _text("publisher_platform", "Where it was shown: facebook, instagram, audience_network, messenger …"),
        _text("account_currency", "The currency of spend and values."),
        *_DELIVERY,
        *_CLAIMS,
    ),
)

ACCOUNT_DAILY = EntitySchema(
    party=PARTY,
    entity="account_daily",
    kind=Kind.WINDOWED,
    description="One account-local day of the whole ad account as known at one pull.",
    key=("date",),
    day="date",
    columns=(
        _DAY,
        _text("account_id", "The ad account."),
        _text("account_currency", "The currency of spend and values."),
        *_DELIVERY,
        *_CLAIMS,
    ),
)

# What nobody asks for: the collector is told it. A notification is a hint to read an object again.
WEBHOOKS = EntitySchema(
    party=PARTY,
    entity="webhooks",
    kind=Kind.APPEND,
    description="One delivery that Meta sent to the collector, verbatim.",
    columns=(
        _text("delivery_id", "A hash of the delivery, which Meta gives no id of its own.", required=True),
        _instant("received_at", "When the collector took it.", required=True),
        _text("object", "What kind of object the entries are about, such as ad_account."),
        _json("entry", "The entries: whose, when, and which fields changed to what."),
    ),
    key=("delivery_id",),
    day="received_at",
    pulled=False,
)

SCHEMAS = (ACCOUNTS, CAMPAIGNS, AD_GROUPS, ADS, CREATIVES, AD_DAILY, ACCOUNT_DAILY)

_ALWAYS_SENT = {"date_start", "publisher_platform"}  # the platform adds these itself and refuses them as fields


def _fields(schema: EntitySchema) -> tuple[str, ...]:
    names = (column.path.removeprefix("$.").split(".")[0] for column in schema.columns)
    return tuple(name for name in dict.fromkeys(names) if name not in _ALWAYS_SENT)


FIELDS = {schema.entity: _fields(schema) for schema in SCHEMAS}
