"""What the product itself tells: what people did, how they arrived, what they bought, and what there is to promote.

The same shapes come from the collector, from files and from the product's own Postgres (`connectors.product_db`).
Events and touches never change, so the first received stays; of everything else the version that changed last counts.
"""

from connectors.entity_schema import EntitySchema, Kind
from connectors.plain_columns import decimal, instant, json_value, text, updated_at, user_id, whole

PARTY = "product"
_SOMEBODY = (("user_id", "anonymous_id"),)
_CURRENCY = "ISO 4217 code, or a token's symbol, upper case."

EVENTS = EntitySchema(
    party=PARTY,
    entity="events",
    kind=Kind.APPEND,
    description="One thing that somebody did in the product.",
    columns=(
        text("event_id", "The event; the same id is the same event, wherever it comes from.", required=True),
        user_id("The person, once they are known."),
        text(
            "anonymous_id",
            "The browser or device, before and after its person is known.",
            personal=True,
            identifies="anonymous",
        ),
        text("event_type", "What was done, such as signup or purchase_complete.", required=True),
        instant("occurred_at", "When it was done.", required=True),
        instant("received_at", "When whoever took it down did so."),
        text("source_app", "Where it was done, such as web or ios."),
        decimal("value", "What it was worth, in major units."),
        text("currency", _CURRENCY),
        json_value("properties", "What else the product says about it."),
    ),
    key=("event_id",),
    day="occurred_at",
    one_of=_SOMEBODY,
    brought=True,
)

TOUCHES = EntitySchema(
    party=PARTY,
    entity="touches",
    kind=Kind.APPEND,
    description="One arrival of somebody: a visit, a click on a link, or a view of a message or an ad.",
    columns=(
        text("touch_id", "The touch; the same id is the same touch.", required=True),
        user_id("The person, where they are known."),
        text("anonymous_id", "The browser or device.", personal=True, identifies="anonymous"),
        instant("occurred_at", "When they arrived.", required=True),
        instant("received_at", "When whoever took it down did so."),
        text("touch_kind", "visit, click or view.", choices=("visit", "click", "view")),
        text("utm_source", "utm_source of the link."),
        text("utm_medium", "utm_medium of the link."),
        text("utm_campaign", "utm_campaign of the link."),
        text("utm_content", "utm_content of the link."),
        text("utm_term", "utm_term of the link."),
        text("click_id", "The ad platform's id of the click (fbclid, twclid, ttclid)."),
        text("platform", "The ad platform, such as meta_ads."),
        text("campaign_id", "The campaign on that platform."),
        text("ad_id", "The ad on that platform."),
        text("referrer", "The page they came from."),
        text("landing_page", "The page they came to."),
        text("referral_code", "The code of the person who referred them."),
        text("offer_code", "The code of the offer they followed."),
    ),
    key=("touch_id",),
    day="occurred_at",
    one_of=_SOMEBODY,
    brought=True,
)

ORDERS = EntitySchema(
    party=PARTY,
    entity="orders",
    kind=Kind.OBJECT,
    description="One order, as the newest version says.",
    columns=(
        text("order_id", "The order.", required=True),
        user_id("Who ordered.", required=True),
        instant("occurred_at", "When it was ordered.", required=True),
        decimal("amount", "What it came to, in major units.", required=True),
        text("currency", _CURRENCY, required=True),
        text("status", "How it stands, such as paid, partially_refunded, refunded or cancelled."),
        json_value("items", "What was ordered: a list of objects."),
        updated_at(),
    ),
    key=("order_id",),
    version="updated_at",
    brought=True,
)

PAYMENTS = EntitySchema(
    party=PARTY,
    entity="payments",
    kind=Kind.OBJECT,
    description="One payment, as the newest version says; an earlier version tells what failed before it was paid.",
    columns=(
        text("payment_id", "The payment.", required=True),
        user_id("Who paid, or was to pay.", required=True),
        instant("occurred_at", "When it was tried.", required=True),
        decimal("amount", "In major units.", required=True),
        text("currency", _CURRENCY, required=True),
        text("status", "paid, failed, pending or void.", choices=("paid", "failed", "pending", "void")),
        text("order_id", "The order that it pays for."),
        text("membership_id", "The subscription that it pays for."),
        whole("attempt", "Which try it was, counted from 1."),
        text("failure_reason", "Why it failed."),
        updated_at(),
    ),
    key=("payment_id",),
    version="updated_at",
    brought=True,
)

REFUNDS = EntitySchema(
    party=PARTY,
    entity="refunds",
    kind=Kind.OBJECT,
    description="One sum given back, as the newest version says.",
    columns=(
        text("refund_id", "The refund.", required=True),
        text("payment_id", "The payment that it gives back."),
        text("order_id", "The order that it gives back."),
        instant("occurred_at", "When it was given back.", required=True),
        decimal("amount", "How much was given back, in major units; never below zero.", required=True),
        text("currency", _CURRENCY, required=True),
        text("reason", "Why."),
        updated_at(),
    ),
    key=("refund_id",),
    one_of=(("payment_id", "order_id"),),
    version="updated_at",
    brought=True,
)

SUBSCRIPTIONS = EntitySchema(
    party=PARTY,
    entity="subscriptions",
    kind=Kind.OBJECT,
    description="One period of a membership at one price, as the newest version says.",
    columns=(
        text("membership_id", "The membership; one that was taken up again has a period for each time.", required=True),
        user_id("Whose it is.", required=True),
        text("plan_id", "The plan."),
        instant("started_at", "When the period begins.", required=True),
        instant("ended_at", "The first instant that it no longer covers; empty while it is open."),
        decimal("amount", "The price of one interval, in major units.", required=True),
        text("currency", _CURRENCY, required=True),
        text("interval", "month, year or week.", choices=("month", "year", "week")),
        text("status", "How it stands, such as trialing, active, past_due, paused, canceling or canceled."),
        text("cancel_reason", "Why it was or will be ended."),
        updated_at(),
    ),
    key=("membership_id", "started_at"),
    version="updated_at",
    brought=True,
)

CONTENT = EntitySchema(
    party=PARTY,
    entity="content",
    kind=Kind.OBJECT,
    description="One thing that can be promoted: an article, product, game, hub or live session, as it now is.",
    columns=(
        text("content_id", "The thing.", required=True),
        text("kind", "What it is, such as article, product, game, hub or live_session.", required=True),
        text("title", "Its title."),
        text("category", "Its category."),
        instant("published_at", "Since when it can be seen."),
        text("url", "Where it can be seen."),
        text("image_url", "A picture of it."),
        updated_at(),
        instant("deleted_at", "Since when it can no longer be seen; empty while it can."),
    ),
    key=("content_id",),
    version="updated_at",
    brought=True,
)

SCHEMAS = (EVENTS, TOUCHES, ORDERS, PAYMENTS, REFUNDS, SUBSCRIPTIONS, CONTENT)
