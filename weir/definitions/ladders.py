"""How a ladder may be defined: the stages that people climb, each with what puts them on it."""

from typing import Any, Self

from pydantic import Field, model_validator

from weir.definitions.fields import Name, Part, Where, wrong
from weir.definitions.funnels import Entity, check_happening
from weir.definitions.kinds import Workspace

_MOST_STAGES = 20


class Stage(Part):
    stage: Name = Field(description="What the stage is called.")
    event: Name | None = Field(default=None, description="What puts people on it; only the first stage has none.")
    where: Where = Field(default={}, description="What its properties must say.")
    entity: Entity = Field(default="events", description="Events of the product, or what else may happen to a person.")
    times: int = Field(default=1, ge=1, le=10_000, description="How often it must have happened.")

    @model_validator(mode="after")
    def _can_happen(self) -> Self:
        if self.event is not None:
            check_happening(self.entity, self.event, self.where)
        return self


class Ladder(Part):
    """Which stage every user is on today: the highest whose event has happened to them often enough."""

    name: Name = Field(description="The ladder.")
    stages: list[Stage] = Field(description="The stages, the lowest first. Everybody is on the first one at least.")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not 2 <= len(self.stages) <= _MOST_STAGES:
            raise wrong(f"{len(self.stages)} stages", remedy=f"a ladder has 2 to {_MOST_STAGES}")
        if self.stages[0].event is not None:
            raise wrong("everybody is on the first stage", remedy="leave its event out")
        if any(stage.event is None for stage in self.stages[1:]):
            raise wrong("a stage above the first needs its event", remedy="add event, such as event: signup")
        if len({stage.stage for stage in self.stages}) < len(self.stages):
            raise wrong("two stages have one name", remedy="call each something else")
        return self

    def body(self, workspace: Workspace) -> dict[str, Any]:
        return {"name": self.name, "stages": [stage.model_dump(mode="json") for stage in self.stages]}
