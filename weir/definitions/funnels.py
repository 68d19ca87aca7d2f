"""How a funnel may be defined: its steps in order, what must not happen between them, and whom it counts."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from weir.definitions.fields import Breakdown, DayRange, Happening, Name, Part, Seconds, Zone, nearest, wrong
from weir.definitions.kinds import DAY_SECONDS, Workspace
from weir.definitions.rivals import MOST_RIVALS, Wanted, may_compete, rival_groups, rival_sets

Entity = Literal["events", "touches", "messages", "sales", "leads"]
# What may happen to each but `events`, whose types are the product's own.
HAPPENINGS: dict[str, frozenset[str]] = {
    "touches": frozenset({"touch", "visit", "click", "view", "paid_click"}),
    "messages": frozenset({"sent", "delivered", "opened", "clicked", "bounced", "complained", "unsubscribed"}),
    "sales": frozenset({"sale"}),
    "leads": frozenset({"captured", "contacted", "responded"}),
}
# What `where` may ask of each but `events`, whose properties are the product's own.
COLUMNS: dict[str, frozenset[str]] = {
    "touches": frozenset(
        {"channel", "platform", "campaign_id", "ad_id", "utm_source", "utm_medium", "utm_campaign", "utm_content"}
    ),
    "messages": frozenset({"message_type", "channel", "playbook", "step", "variant"}),
    "sales": frozenset({"source", "currency", "plan_id"}),
    "leads": frozenset({"source", "platform", "topic", "language", "country"}),
}
_MOST_STEPS = 20


def check_happening(entity: Entity, event: str, where: Mapping[str, Any]) -> None:
    """Refuses what can never happen. Of product events everything can: they are the product's own."""
    if entity == "events":
        return
    if event not in HAPPENINGS[entity]:
        raise wrong(f"{entity} know no {event!r}", remedy=f"one of {', '.join(sorted(HAPPENINGS[entity]))}")
    for name in where.keys() - COLUMNS[entity]:
        raise wrong(f"{entity} have no {name!r}", remedy=nearest(name, COLUMNS[entity]))


class FunnelEvent(Happening):
    entity: Entity = Field(default="events", description="Events of the product, or what else may happen to a person.")

    @model_validator(mode="after")
    def _can_happen(self) -> Self:
        check_happening(self.entity, self.event, self.where)
        return self

    @property
    def wanted(self) -> Wanted:
        return Wanted(entity=self.entity, event=self.event, where=self.where)

    def told(self) -> dict[str, Any]:
        return {"entity": self.entity, "event": self.event, "where": self.where}


class Step(FunnelEvent):
    label: Name | None = Field(default=None, description="What the step is called; its event if left out.")
    optional: bool = Field(default=False, description="Whether people may leave it out and still convert.")

    def told(self) -> dict[str, Any]:
        return {**super().told(), "label": self.label or self.event, "optional": self.optional}


class Exclusion(FunnelEvent):
    after: int = Field(alias="from", ge=1, description="The step after which it must not happen, counted from 1.")
    before: int = Field(alias="to", ge=2, description="The step before which it must not happen.")


class Funnel(Part):
    """How many people went from one step to the next."""

    name: Name = Field(description="The funnel.")
    mode: Literal["ordered", "strict", "unordered"] = Field(
        default="ordered", description="One after the other, with nothing in between, or in any order."
    )
    window: Seconds | None = Field(default=None, description="How long an attempt may take, from its first step on.")
    timezone: Zone | None = Field(default=None, description="As in the workspace.")
    steps: list[Step] = Field(description="The steps, in order.")
    exclusions: list[Exclusion] = Field(default=[], description="What spoils an attempt.")
    range: DayRange = Field(
        default=DayRange(), description="Attempts that begin in these days; conversion may come later."
    )
    breakdowns: list[Breakdown] = Field(default=[], description="Also told for each value of these.")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not 2 <= len(self.steps) <= _MOST_STEPS:
            raise wrong(f"{len(self.steps)} steps", remedy=f"a funnel has 2 to {_MOST_STEPS}")
        if self.steps[0].optional or self.steps[-1].optional:
            raise wrong("the first and the last step are never optional", remedy="leave optional out, or the step")
        if self.mode != "ordered" and any(step.optional for step in self.steps):
            raise wrong(
                f"a {self.mode} funnel has no optional steps", remedy="leave optional out, or use mode: ordered"
            )
        if self.exclusions and self.mode != "ordered":
            raise wrong(f"a {self.mode} funnel takes no exclusions", remedy="leave them out, or use mode: ordered")
        if self.mode == "strict":
            self._judge_strict()
        for exclusion in self.exclusions:
            self._judge(exclusion)
        self._judge_rivals()
        if len(set(self.breakdowns)) < len(self.breakdowns):
            raise wrong("a breakdown stands there twice", remedy="leave one out")
        return self

    def _judge(self, exclusion: Exclusion) -> None:
        if not exclusion.after < exclusion.before <= len(self.steps):
            raise wrong(
                f"from {exclusion.after} to {exclusion.before} is between no two of the {len(self.steps)} steps",
                remedy="name two steps by their places, the earlier first",
            )
        if any(self.steps[place - 1].optional for place in (exclusion.after, exclusion.before)):
            raise wrong(
                "an exclusion lies between steps that everybody takes", remedy="name steps that are not optional"
            )

    def _judge_strict(self) -> None:
        if any(step.entity != "events" for step in self.steps):
            raise wrong("a strict funnel has steps of product events alone", remedy="use mode: ordered for the others")

    def _judge_rivals(self) -> None:
        required = [step.wanted for step in self.steps if not step.optional]
        if any(len(group) > MOST_RIVALS for group in rival_groups(required)):
            raise wrong(
                f"more than {MOST_RIVALS} steps may compete for one event",
                remedy='repeat steps, or take "*", less often, or tell them apart with where',
            )
        for place, step in enumerate(self.steps, start=1):
            others = (other for other in self.steps if other is not step)
            if step.optional and any(may_compete(step.wanted, other.wanted) for other in others):
                raise wrong(
                    f"the optional step {place} and another one may want the same event",
                    remedy="tell them apart with where, or leave one out",
                )

    def body(self, workspace: Workspace) -> dict[str, Any]:
        numbers = {place: 0 for place in range(1, len(self.steps) + 1)}  # by place: the required steps up to there
        for place, step in enumerate(self.steps, start=1):
            numbers[place] = numbers.get(place - 1, 0) + (not step.optional)
        required = [{**step.told(), "place": place} for place, step in self._steps(optional=False)]
        optional = [
            {**step.told(), "place": place, "follows": numbers[place]} for place, step in self._steps(optional=True)
        ]
        groups = rival_groups([step.wanted for _, step in self._steps(optional=False)])
        return {
            "name": self.name,
            "mode": self.mode,
            "window_seconds": self.window or workspace.funnel_window_days * DAY_SECONDS,
            "timezone": self.timezone or workspace.timezone,
            "steps": [step.told() for step in self.steps],
            "required": required,
            "optional": optional,
            "exclusions": [
                {**each.told(), "from": numbers[each.after], "to": numbers[each.before]} for each in self.exclusions
            ],
            "rivals": [rival_sets(group) for group in groups],
            "range": self.range.model_dump(mode="json", by_alias=True),
            "breakdowns": list(self.breakdowns),
        }

    def _steps(self, *, optional: bool) -> list[tuple[int, Step]]:
        return [(place, step) for place, step in enumerate(self.steps, start=1) if step.optional == optional]
