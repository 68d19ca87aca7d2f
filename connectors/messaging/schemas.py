"""Messages that were tried, and what became of them: from our own ledger, from providers' webhooks, or from files."""

from connectors.entity_schema import EntitySchema, Kind
from connectors.plain_columns import instant, text, updated_at, user_id

PARTY = "messaging"
_ABOUT = (
    text("message_type", "What kind of message it was."),
    text("channel", "How it went: email, push, telegram …"),
    text("playbook", "The playbook that sent it."),
    text("step", "The playbook's step."),
    text("variant", "The variant of its text."),
)

SENDS = EntitySchema(
    party=PARTY,
    entity="sends",
    kind=Kind.OBJECT,
    description="One attempt to write to one person, as the newest version says.",
    columns=(
        text("message_id", "The message.", required=True),
        user_id("To whom.", required=True),
        instant("occurred_at", "When it was tried.", required=True),
        *_ABOUT,
        text("outcome", "What became of the attempt: sent, held_out, suppressed, failed …"),
        updated_at(),
    ),
    key=("message_id",),
    version="updated_at",
    pulled=False,
    brought=True,
)

RECEIPTS = EntitySchema(
    party=PARTY,
    entity="receipts",
    kind=Kind.APPEND,
    description="One thing that became of one message: a delivery, an opening, a click, a bounce.",
    columns=(
        text("message_id", "The message.", required=True),
        user_id("Whom it was written to.", required=True),
        instant("occurred_at", "When it happened.", required=True),
        text(
            "kind",
            "delivered, opened, clicked, bounced, complained, unsubscribed, or the provider's word.",
            required=True,
        ),
        *_ABOUT,
        text("delivery_id", "The provider's delivery that told it."),
        instant("received_at", "When that delivery was taken."),
    ),
    key=("message_id", "kind", "occurred_at"),
    day="occurred_at",
    pulled=False,
    brought=True,
)

SCHEMAS = (SENDS, RECEIPTS)
