"""What one row of each TikTok entity looks like. A report's "-" is null; ids are text, as they exceed 2^53.

TikTok writes instants of objects without a zone; they are UTC and stay text here, to be read as such in staging.
Ratios are not asked for (sums are divided later), nor what changes by itself (the account's balance).
"""

from connectors.entity_schema import Column, EntitySchema, Kind, Type

PARTY = "tiktok_ads"
NO_VALUE = ("-",)


def _text(name: str, path: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Type.TEXT, f"$.{path}", description, required=required)


def _metric(name: str, type_: Type, metric: str, description: str) -> Column:
    return Column(name, type_, f"$.metrics.{metric}", description, null_texts=NO_VALUE)


_TIMES = (
    _text("created_at_utc", "create_time", "When it was created: UTC, written without a zone."),
    _text(
        "modified_at_utc", "modify_time", "When it was last changed: UTC, written without a zone; Smart+ may lack it."
    ),
)
_STATUS = (
    _text("operation_status", "operation_status", "The object's own switch: ENABLE or DISABLE."),
    _text(
        "secondary_status", "secondary_status", "What the switch, its parents and the review come to; …_DELETE: gone."
    ),
)
_BUDGET = (
    Column("budget", Type.DECIMAL, "$.budget", "Amount in major units of the account's currency; 0 without a budget."),
    _text("budget_mode", "budget_mode", "BUDGET_MODE_DAY, _DYNAMIC_DAILY_BUDGET, _TOTAL or _INFINITE (no budget)."),
)
_COUNTS = (
    _metric("spend", Type.DECIMAL, "spend", "Spend in major units of the account's currency."),
    _metric("impressions", Type.INTEGER, "impressions", "Times shown."),
    _metric("clicks", Type.INTEGER, "clicks", "Clicks to the destination."),
    _metric("reach", Type.INTEGER, "reach", "People reached; does not add up over ads or days."),
)
_CONVERSIONS = (
    _metric(
        "conversions", Type.INTEGER, "conversion", "The optimised event as TikTok claims it (7-day click, 1-day view)."
    ),
    _metric("complete_payments", Type.INTEGER, "complete_payment", "Website payments as TikTok claims them."),
    _metric(
        "complete_payment_value",
        Type.DECIMAL,
        "total_complete_payment_rate",
        "Value of the claimed website payments, major units; the platform's own name for it says rate.",
    ),
    _metric(
        "purchase_value",
        Type.DECIMAL,
        "total_purchase_value",
        "Value of claimed purchases, major units; another event family: never add it to complete_payment_value.",
    ),
)

ACCOUNTS = EntitySchema(
    party=PARTY,
    entity="accounts",
    kind=Kind.OBJECT,
    description="One advertiser as TikTok describes it.",
    key=("advertiser_id",),
    columns=(
        _text("advertiser_id", "advertiser_id", "The advertiser.", required=True),
        _text("name", "name", "The advertiser's name."),
        _text("currency", "currency", "ISO 4217 code of everything it spends.", required=True),
        _text("timezone", "timezone", "The zone whose days reports count in."),
        _text("display_timezone", "display_timezone", "The same zone by its IANA name."),
        _text("status", "status", "STATUS_ENABLE or why it may not advertise."),
    ),
)

CAMPAIGNS = EntitySchema(
    party=PARTY,
    entity="campaigns",
    kind=Kind.OBJECT,
    description="One campaign as TikTok describes it, deleted ones included.",
    key=("campaign_id",),
    columns=(
        _text("campaign_id", "campaign_id", "The campaign.", required=True),
        _text("campaign_name", "campaign_name", "Its name."),
        _text("objective_type", "objective_type", "What it is for: REACH, TRAFFIC, WEB_CONVERSIONS …"),
        _text("campaign_type", "campaign_type", "REGULAR_CAMPAIGN, or a special kind."),
        Column(
            "budget_optimize_on", Type.BOOLEAN, "$.budget_optimize_on", "The campaign shares its budget out itself."
        ),
        *_BUDGET,
        *_STATUS,
        *_TIMES,
    ),
)

AD_GROUPS = EntitySchema(
    party=PARTY,
    entity="ad_groups",
    kind=Kind.OBJECT,
    description="One ad group as TikTok describes it, deleted ones included.",
    key=("adgroup_id",),
    columns=(
        _text("adgroup_id", "adgroup_id", "The ad group.", required=True),
        _text("campaign_id", "campaign_id", "Its campaign."),
        _text("adgroup_name", "adgroup_name", "Its name."),
        _text("billing_event", "billing_event", "What is paid for: CPC, CPM, OCPM …"),
        _text("optimization_goal", "optimization_goal", "What delivery aims at."),
        _text("placement_type", "placement_type", "Where it may show."),
        _text("schedule_start_time", "schedule_start_time", "When it starts: UTC, written without a zone."),
        _text("schedule_end_time", "schedule_end_time", "When it ends: UTC, written without a zone."),
        Column("location_ids", Type.JSON, "$.location_ids", "Where its people are, by TikTok's location ids."),
        *_BUDGET,
        *_STATUS,
        *_TIMES,
    ),
)

ADS = EntitySchema(
    party=PARTY,
    entity="ads",
    kind=Kind.OBJECT,
    description="One ad as TikTok describes it, deleted ones included.",
    key=("ad_id",),
    columns=(
        _text("ad_id", "ad_id", "The ad.", required=True),
        _text("adgroup_id", "adgroup_id", "Its ad group."),
        _text("campaign_id", "campaign_id", "Its campaign."),
        _text("ad_name", "ad_name", "Its name."),
        _text("creative_id", "ad_id", "Its creative: an ad carries exactly one, known by the ad's own id."),
        _text("landing_page_url", "landing_page_url", "Where a click leads."),
        *_STATUS,
        *_TIMES,
    ),
)

CREATIVES = EntitySchema(
    party=PARTY,
    entity="creatives",
    kind=Kind.OBJECT,
    description="One ad's creative: on TikTok the look belongs to the ad, so the ad's id names it.",
    key=("creative_id",),
    columns=(
        _text("creative_id", "ad_id", "The creative, by the id of the ad that carries it.", required=True),
        _text("ad_name", "ad_name", "The ad's name."),
        _text("ad_format", "ad_format", "SINGLE_VIDEO, SINGLE_IMAGE, CAROUSEL_ADS …"),
        _text("ad_text", "ad_text", "The words beside the picture or film."),
        _text("call_to_action", "call_to_action", "The button."),
        _text("landing_page_url", "landing_page_url", "Where a click leads."),
        _text("video_id", "video_id", "The film; several ads may share one."),
        Column("image_ids", Type.JSON, "$.image_ids", "The pictures."),
        _text("tiktok_item_id", "tiktok_item_id", "The organic post that is promoted, if any."),
        _text("display_name", "display_name", "The name shown as the sender's."),
        _text("identity_type", "identity_type", "As whom the ad speaks."),
        *_TIMES,
    ),
)

AD_DAILY = EntitySchema(
    party=PARTY,
    entity="ad_daily",
    kind=Kind.WINDOWED,
    description="One ad and account-local day as TikTok reported it at one pull; days without delivery have no row.",
    key=("ad_id", "date"),
    day="date",
    columns=(
        Column("ad_id", Type.TEXT, "$.dimensions.ad_id", "The ad.", required=True),
        Column("date", Type.DATE, "$.dimensions.stat_time_day", "The account-local day.", required=True),
        _metric("adgroup_id", Type.TEXT, "adgroup_id", "Its ad group."),
        _metric("campaign_id", Type.TEXT, "campaign_id", "Its campaign."),
        *_COUNTS,
        _metric("engagements", Type.INTEGER, "engagements", "Paid interactions of all kinds."),
        _metric("video_views", Type.INTEGER, "video_play_actions", "Times the film started."),
        *_CONVERSIONS,
    ),
)

ACCOUNT_DAILY = EntitySchema(
    party=PARTY,
    entity="account_daily",
    kind=Kind.WINDOWED,
    description="One account-local day of the whole advertiser, for reconciling the sum of its ads.",
    key=("date",),
    day="date",
    columns=(
        Column("date", Type.DATE, "$.dimensions.stat_time_day", "The account-local day.", required=True),
        *_COUNTS,
        *_CONVERSIONS,
    ),
)

SCHEMAS = (ACCOUNTS, CAMPAIGNS, AD_GROUPS, ADS, CREATIVES, AD_DAILY, ACCOUNT_DAILY)


def metrics_of(schema: EntitySchema) -> tuple[str, ...]:
    """The metrics a report must be asked for, so that schema and question cannot drift apart."""
    prefix = "$.metrics."
    return tuple(column.path.removeprefix(prefix) for column in schema.columns if column.path.startswith(prefix))
