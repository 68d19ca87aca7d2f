"""Who was put into which variant of a test, and who has really met it."""

from connectors.entity_schema import EntitySchema, Kind
from connectors.plain_columns import decimal, instant, text, updated_at

PARTY = "experiments"
_UNIT = (
    text("experiment", "The test.", required=True),
    text(
        "unit_id",
        "The person, device or account that was drawn.",
        required=True,
        personal=True,
        identifies="unit",
    ),
    text("variant", "The variant.", required=True),
)

ASSIGNMENTS = EntitySchema(
    party=PARTY,
    entity="assignments",
    kind=Kind.OBJECT,
    description="One unit in one variant of one test.",
    columns=(
        *_UNIT,
        instant("occurred_at", "When it was drawn.", required=True),
        decimal("weight", "The chance that the variant had when it was drawn."),
        updated_at(),
    ),
    # The variant is part of the key: a unit that stands in two of them is a fault to be seen, not to be settled here.
    key=("experiment", "unit_id", "variant"),
    version="updated_at",
    pulled=False,
    brought=True,
)

EXPOSURES = EntitySchema(
    party=PARTY,
    entity="exposures",
    kind=Kind.APPEND,
    description="One time that one unit met one variant of one test.",
    columns=(
        *_UNIT,
        instant("occurred_at", "When it was met.", required=True),
        decimal("weight", "The chance that the variant had when it was drawn."),
    ),
    key=("experiment", "unit_id", "variant", "occurred_at"),
    day="occurred_at",
    pulled=False,
    brought=True,
)

SCHEMAS = (ASSIGNMENTS, EXPOSURES)
