"""What one row of each Whop entity looks like, in the shapes of the API version that this connector speaks.

The same objects come from lists and from webhooks; whichever changed later, by its own account, is the
current one. A null can also mean that the key lacks the permission to see the field.
"""

from connectors.entity_schema import Column, EntitySchema, Kind, Type

PARTY = "whop"
_UPDATED = "updated_at"


def _text(
    name: str, path: str, description: str, *, required: bool = False, personal: bool = False, identifies: str = ""
) -> Column:
    kind = Type.TEXT
    return Column(name, kind, f"$.{path}", description, required=required, personal=personal, identifies=identifies)


def _whole(name: str, description: str) -> Column:
    return Column(name, Type.INTEGER, f"$.{name}", description)


def _flag(name: str, description: str) -> Column:
    return Column(name, Type.BOOLEAN, f"$.{name}", description)


def _instant(name: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Type.INSTANT, f"$.{name}", description, required=required)


def _money(name: str, description: str) -> Column:
    return Column(name, Type.DECIMAL, f"$.{name}.amount", description)


def _json(name: str, description: str) -> Column:
    return Column(name, Type.JSON, f"$.{name}", description)


def _id(name: str, description: str) -> Column:
    return _text(name, "id", description, required=True)


_CREATED = _instant("created_at", "When it was made.", required=True)
_CHANGED = _instant(_UPDATED, "When it last changed; of two versions the later one counts.", required=True)
_CURRENCY = _text("currency", "currency", "ISO 4217 code, lower case.", required=True)

PAYMENTS = EntitySchema(
    party=PARTY,
    entity="payments",
    kind=Kind.OBJECT,
    description="One payment, paid or not, as Whop last described it.",
    columns=(
        _id("payment_id", "The payment."),
        _text("status", "status", "paid is money; open, pending, void … are not.", required=True),
        _text("substatus", "substatus", "The finer reading: succeeded, failed, past_due, refunded, dispute_lost …"),
        _CURRENCY,
        _money("total", "What was or would be charged, in major units."),
        _money("subtotal", "The same before tax."),
        _money("tax_amount", "Tax."),
        _money("refunded_amount", "What of it was given back so far."),
        _money("amount_after_fees", "What is left after Whop's fees."),
        Column("usd_total", Type.DECIMAL, "$.usd_total.amount", "The total in US dollars, by Whop's own rate."),
        _text("billing_reason", "billing_reason", "subscription_create, subscription_cycle, one_time …"),
        _text("membership_id", "membership_id", "The membership that it pays for."),
        _text("member_id", "member_id", "The buyer as this account's member.", identifies="whop_member"),
        _text("plan_id", "plan_id", "The plan."),
        _text("product_id", "product_id", "The product."),
        _text("user_id", "user.id", "The buyer's id at Whop.", personal=True, identifies="whop_user"),
        _text("user_name", "user.name", "Their name.", personal=True),
        _text("username", "user.username", "Their name at Whop.", personal=True, identifies="whop_username"),
        _text("customer_email", "customer_email", "Their address.", personal=True, identifies="email"),
        _text(
            "product_user_id",
            "metadata.user_id",
            "The buyer as the product calls them.",
            personal=True,
            identifies="user",
        ),
        _text("order_id", "metadata.order_id", "The product's order that it pays for."),
        _json("metadata", "What the checkout carried along."),
        _text("checkout_configuration_id", "checkout_configuration_id", "The checkout link that was used."),
        _text("promo_code_id", "promo_code_id", "The promo code that was used."),
        _text("payment_method_type", "payment_method_type", "How it is paid."),
        _whole("payments_failed", "How many tries have failed."),
        _text("decline_code", "decline_code", "Why the last try failed, as a code."),
        _text("failure_message", "failure_message", "The same as a sentence."),
        _instant("last_payment_attempt_at", "When it was last tried."),
        _instant("next_payment_attempt_at", "When it will be tried again."),
        _text(
            "recovery_url",
            "recovery_url",
            "Where the buyer can pay after all. Lists never tell it; webhooks do.",
            personal=True,
        ),
        _flag("retryable", "Whether it can be tried again now."),
        _flag("refundable", "Whether it can be given back."),
        _instant("refunded_at", "When money was last given back."),
        _instant("paid_at", "When it was paid."),
        _CREATED,
        _CHANGED,
    ),
    key=("payment_id",),
    version=_UPDATED,
)

MEMBERSHIPS = EntitySchema(
    party=PARTY,
    entity="memberships",
    kind=Kind.OBJECT,
    description="One membership of one buyer in one product, as Whop last described it.",
    columns=(
        _id("membership_id", "The membership."),
        _text(
            "status", "status", "trialing, active, past_due, canceling, canceled, expired, completed …", required=True
        ),
        _text("plan_id", "plan_id", "The plan.", required=True),
        _text("product_id", "product_id", "The product."),
        _text("member_id", "member_id", "The buyer as this account's member.", identifies="whop_member"),
        _text("user_id", "user_id", "The buyer's id at Whop.", personal=True, identifies="whop_user"),
        _text(
            "product_user_id",
            "metadata.user_id",
            "The buyer as the product calls them.",
            personal=True,
            identifies="user",
        ),
        _money("initial_price", "The first charge, in major units."),
        _money("renewal_price", "Each further charge."),
        _text("currency", "renewal_price.currency", "ISO 4217 code of both, lower case."),
        _whole("billing_period_days", "How long a period lasts; null for one-time purchases."),
        _instant("current_period_start", "When the running period began."),
        _instant("current_period_end", "When it ends."),
        _instant("expires_at", "When access ends or ended."),
        _flag("cancel_at_period_end", "Whether it ends with the running period."),
        _text("cancel_option", "cancel_option", "The reason that was chosen from Whop's list."),
        _text("cancellation_reason", "cancellation_reason", "The reason in the buyer's own words.", personal=True),
        _instant("canceled_at", "When the buyer cancelled."),
        _text("most_recent_action", "most_recent_action", "What happened last."),
        _instant("most_recent_action_at", "When."),
        _text("promo_code_id", "promo_code_id", "The promo code in force."),
        _json("metadata", "What the checkout carried along."),
        _text("manage_url", "manage_url", "Where the buyer manages it.", personal=True),
        _CREATED,
        _CHANGED,
    ),
    key=("membership_id",),
    version=_UPDATED,
)

MEMBERS = EntitySchema(
    party=PARTY,
    entity="members",
    kind=Kind.OBJECT,
    description="One buyer in relation to the account, whatever they hold, as Whop last described them.",
    columns=(
        _text("member_id", "id", "The member.", required=True, identifies="whop_member"),
        _text("status", "status", "joined or left.", required=True),
        _text("access_level", "access_level", "customer, admin or no_access."),
        _text("display_name", "display_name", "Their name.", personal=True),
        _text("email", "email", "Their address.", personal=True, identifies="email"),
        _text("user_id", "user.id", "Their id at Whop.", personal=True, identifies="whop_user"),
        _text("username", "user.username", "Their name at Whop.", personal=True, identifies="whop_username"),
        Column("usd_total_spent", Type.DECIMAL, "$.usd_total_spent.amount", "All they have paid, in US dollars."),
        _text("most_recent_action", "most_recent_action", "paid_subscriber, canceling, past_due, churned …"),
        _instant("most_recent_action_at", "When; of two versions the later one counts."),
        _instant("joined_at", "When they joined."),
        _CREATED,
    ),
    key=("member_id",),
    version="most_recent_action_at",  # members have no updated_at
)

REFUNDS = EntitySchema(
    party=PARTY,
    entity="refunds",
    kind=Kind.OBJECT,
    description="One sum given back of one payment, as Whop last described it.",
    columns=(
        _id("refund_id", "The refund."),
        _text("payment_id", "payment_id", "The payment.", required=True),
        _text("status", "status", "pending, requires_action, succeeded, failed or canceled.", required=True),
        _money("amount", "What was given back, in major units."),
        _money("original_amount", "The same in the currency it was asked for in."),
        _text("currency", "original_amount.currency", "ISO 4217 code of the original amount, lower case."),
        _text("reason", "reason", "Why."),
        _text("provider", "provider", "Who carries it out."),
        _CREATED,
        _CHANGED,
    ),
    key=("refund_id",),
    version=_UPDATED,
)

DISPUTES = EntitySchema(
    party=PARTY,
    entity="disputes",
    kind=Kind.OBJECT,
    description="One payment that its buyer disputes at their bank, as Whop last described it.",
    columns=(
        _id("dispute_id", "The dispute."),
        _text("status", "status", "needs_response, under_review, won, lost, prevented, or a warning_… of an inquiry."),
        _text("reason", "reason", "What the buyer says."),
        Column("amount", Type.DECIMAL, "$.amount", "What is disputed, in major units."),
        _CURRENCY,
        _flag("inquiry", "Whether it is a question only, which moves no money."),
        _text("payment_id", "payment.id", "The payment.", required=True),
        _text("plan_id", "plan_id", "The plan."),
        _text("product_id", "product_id", "The product."),
        _text("user_id", "buyer.user_id", "The buyer's id at Whop.", personal=True, identifies="whop_user"),
        _text("member_id", "buyer.member_id", "The buyer as this account's member.", identifies="whop_member"),
        _text("buyer_name", "buyer.name", "Their name.", personal=True),
        _text("buyer_email", "buyer.email", "Their address.", personal=True, identifies="email"),
        _instant("evidence_due_at", "Until when it can be answered."),
        _instant("evidence_submitted_at", "When it was answered."),
        _CREATED,
        _CHANGED,
    ),
    key=("dispute_id",),
    version=_UPDATED,
)

PLANS = EntitySchema(
    party=PARTY,
    entity="plans",
    kind=Kind.OBJECT,
    description="One price at which one product can be had, as Whop last described it.",
    columns=(
        _id("plan_id", "The plan."),
        _text("product_id", "product.id", "The product."),
        _text("product_title", "product.title", "Its title."),
        _text("title", "title", "The plan's title."),
        _text("plan_type", "plan_type", "renewal or one_time."),
        _CURRENCY,
        Column("initial_price", Type.DECIMAL, "$.initial_price", "The first charge, in major units."),
        Column("renewal_price", Type.DECIMAL, "$.renewal_price", "Each further charge."),
        _whole("billing_period", "How many days a period lasts; null for one-time purchases."),
        _whole("trial_period_days", "How many days are free."),
        _text("visibility", "visibility", "Who can see it."),
        _text("purchase_url", "purchase_url", "Where it can be bought."),
        _CREATED,
        _CHANGED,
    ),
    key=("plan_id",),
    version=_UPDATED,
)

WEBHOOKS = EntitySchema(
    party=PARTY,
    entity="webhooks",
    kind=Kind.APPEND,
    description="One delivery that Whop sent to the collector, verbatim.",
    columns=(
        _text("delivery_id", "delivery_id", "The delivery's id; Whop repeats what was not answered.", required=True),
        _instant("received_at", "When the collector took it.", required=True),
        _text("type", "type", "What happened, such as payment.failed.", required=True),
        _instant("timestamp", "When it happened, by Whop's account."),
        _text("account_id", "account_id", "The account; null in deliveries without a version."),
        _text("api_version_date", "api_version_date", "The version of the shapes; null: the undated ones."),
        _text("object_id", "data.id", "The object that it is about."),
        Column("object_updated_at", Type.INSTANT, "$.data.updated_at", "When that object had last changed."),
        _text("user_id", "data.user.id", "Whom it is about, at Whop.", personal=True, identifies="whop_user"),
        _json("data", "The object as it stood then."),
        _json("previous_attributes", "What an update changed."),
    ),
    key=("delivery_id",),
    day="received_at",
    pulled=False,
)

SCHEMAS = (PAYMENTS, MEMBERSHIPS, MEMBERS, REFUNDS, DISPUTES, PLANS, WEBHOOKS)
