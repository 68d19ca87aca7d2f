"""Prospects, with where they were found and on which basis they may be written to, and what was written either way."""

from connectors.entity_schema import EntitySchema, Kind
from connectors.plain_columns import decimal, instant, text, updated_at, whole

PARTY = "outreach"

LEADS = EntitySchema(
    party=PARTY,
    entity="leads",
    kind=Kind.OBJECT,
    description="One prospect who may be written to, as the newest version says.",
    columns=(
        text("lead_id", "The prospect.", required=True, identifies="lead"),
        text("platform", "Where they are: x, telegram, email …"),
        text("handle", "How they are reached there.", personal=True, identifies="handle"),
        text(
            "source",
            "Where and how they were found.",
            required=True,
            remedy="say where the lead was found; without it nobody may be written to",
        ),
        text(
            "lawful_basis",
            "The basis on which they may be written to: consent, contract or legitimate_interest, with its record.",
            required=True,
            remedy="say on which basis they may be written to: consent, contract or legitimate_interest",
        ),
        instant("captured_at", "When they were found.", required=True),
        whole("followers", "How many follow them, for the score."),
        decimal("engagement_rate", "What share of those react, for the score."),
        text("topic", "What they talk about, for the score."),
        text("language", "Their language."),
        text("country", "Their country."),
        updated_at(),
    ),
    key=("lead_id",),
    version="updated_at",
    pulled=False,
    brought=True,
)

CONVERSATIONS = EntitySchema(
    party=PARTY,
    entity="conversations",
    kind=Kind.OBJECT,
    description="One message to or from one prospect, as the newest version says.",
    columns=(
        text("message_id", "The message.", required=True),
        text("lead_id", "The prospect.", required=True, identifies="lead"),
        text("direction", "outbound is ours, inbound is theirs.", required=True),
        instant("occurred_at", "When it was written.", required=True),
        text("text", "What it says.", personal=True),
        updated_at(),
    ),
    key=("message_id",),
    version="updated_at",
    pulled=False,
    brought=True,
)

SCHEMAS = (LEADS, CONVERSATIONS)
