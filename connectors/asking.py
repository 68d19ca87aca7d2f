"""How a pull asks about one entity: which days, from where on, and what it means that something is not in the answer.

Most entities are asked about as their kind suggests; a party that differs says so in its own list of questions.
"""

from dataclasses import dataclass

from connectors.entity_schema import EntitySchema, Kind


@dataclass(frozen=True, kw_only=True)
class Question:
    schema: EntitySchema
    by_days: bool = False  # about the days of the run
    continues: bool = False  # from where the last answer stopped
    is_complete: bool = True  # what the answer leaves out is gone; otherwise it stays as it was
    # Once a day, before anything narrower, all there is is asked for: what has gone is only noticed so.
    whole_daily: bool = False

    @property
    def whole(self) -> "Question":
        return Question(schema=self.schema)


def usual_question(schema: EntitySchema) -> Question:
    return Question(schema=schema, by_days=schema.kind is Kind.WINDOWED, continues=schema.cursor is not None)
