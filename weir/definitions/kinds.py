"""What can be defined, each kind with its fields, their defaults and their ranges. What they mean for the numbers is
decided by the models; here is only what may be written."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from weir.definitions.fields import (
    Breakdown,
    DayRange,
    Direct,
    Happening,
    Name,
    Part,
    Seconds,
    Weekday,
    Where,
    Zone,
    wrong,
)

DAY_SECONDS = 86_400
INVOLUNTARY_REASONS = (
    "payment_failed",
    "payment_failure",
    "failed_payment",
    "non_payment",
    "past_due",
    "unpaid",
    "card_declined",
    "card_expired",
    "expired_card",
    "insufficient_funds",
    "chargeback",
    "dispute",
    "involuntary",
)


AttributionModel = Literal["first", "last", "last_non_direct", "linear", "position", "time_decay", "markov", "shapley"]


class Workspace(Part):
    """What holds for every definition that does not say otherwise. Macro `workspace()` has the same defaults."""

    timezone: Zone = Field(default="UTC", description="The zone whose days, weeks and months count.")
    week_start: Weekday = Field(default="monday", description="The day on which weeks begin.")
    base_currency: Literal["USD"] = Field(default="USD", description="What amounts are converted into; columns `_usd`.")
    direct: Direct = Field(
        default="exclude_if_any_other",
        description="Whether a direct arrival gets credit beside others (keep) or only where it is alone.",
    )
    session_minutes: int = Field(default=30, ge=1, le=1440, description="Inactivity that ends a session, in minutes.")
    click_window_days: int = Field(default=7, ge=1, le=3660, description="How long a click may be credited, in days.")
    view_window_days: int = Field(default=1, ge=0, le=3660, description="How long a view may be credited; 0 is never.")
    collapse_repeats: bool = Field(
        default=True, description="Whether repeats of a channel in a row are one place on a path of Markov and Shapley."
    )
    roas_goal: Name = Field(default="purchase", description="The goal whose value is set against what ads cost.")
    roas_model: AttributionModel = Field(
        default="first", description="The attribution model by which return on ad spend is told first."
    )
    funnel_window_days: int = Field(default=14, ge=1, le=3660, description="The window of funnels that name none.")
    message_window_days: int = Field(
        default=7, ge=1, le=90, description="How long after a message what is bought is credited to it, in days."
    )
    recovery_window_days: int = Field(
        default=30, ge=1, le=90, description="How long after a failure a payment counts as recovered, in days."
    )
    involuntary_reasons: tuple[Name, ...] = Field(
        default=INVOLUNTARY_REASONS,
        strict=False,
        description="Reasons of an end that name a payment which did not come; lower case, with _ for spaces.",
    )
    identity_cluster_limit: int = Field(
        default=50, ge=2, le=10_000, description="More anonymous ids than this in one person are set apart and listed."
    )
    excluded_ids: tuple[Name, ...] = Field(
        default=("market",),
        strict=False,
        description="User and anonymous ids that are no people, such as test users; * at the end is any ending.",
    )


class Goal(Part):
    """What counts as a conversion."""

    name: Name = Field(description="The goal.")
    entity: Literal["sales", "events"] = Field(description="Sales, wherever they were paid, or events of one type.")
    event_type: Name | None = Field(default=None, description="The type of the events.")
    where: Where = Field(default={}, description="What their properties must say.")
    click_window: Seconds | None = Field(default=None, description="How long a click may be credited.")
    view_window: Seconds | None = Field(default=None, description="How long a view may be credited.")
    direct: Direct | None = Field(default=None, description="As in the workspace.")

    @model_validator(mode="after")
    def _fits_its_entity(self) -> Self:
        if self.entity == "events" and self.event_type is None:
            raise wrong("a goal of events needs their type", remedy="add event_type, such as event_type: signup")
        if self.entity == "sales" and (self.event_type is not None or self.where):
            raise wrong(
                "a goal of sales takes every sale", remedy="leave event_type and where out, or use entity: events"
            )
        return self

    def body(self, workspace: Workspace) -> dict[str, Any]:
        click = self.click_window or workspace.click_window_days * DAY_SECONDS
        view = workspace.view_window_days * DAY_SECONDS if self.view_window is None else self.view_window
        return {
            "name": self.name,
            "entity": self.entity,
            "event_type": self.event_type,
            "where": self.where,
            "click_window_seconds": click,
            "click_window_days": _days(click),
            "view_window_seconds": view,
            "view_window_days": _days(view),
            "direct": self.direct or workspace.direct,
        }


def _days(seconds: int) -> int | float:
    return seconds // DAY_SECONDS if seconds % DAY_SECONDS == 0 else seconds / DAY_SECONDS


def _happening(value: Any) -> Any:
    """`start: signup` is short for `start: {event: signup}`."""
    return {"event": value} if isinstance(value, str) else value


Event = Annotated[Happening, BeforeValidator(_happening)]


def _bracket(periods: list[int]) -> list[int]:
    """`[1, 7]` are seven periods, and so are all of them in a row."""
    in_a_row = bool(periods) and periods == list(range(periods[0], periods[-1] + 1))
    if not (in_a_row or (len(periods) == 2 and periods[0] < periods[1])):
        raise wrong(f"{periods} is no bracket", remedy="name its first and its last period, such as [1, 7]")
    return [periods[0], periods[-1]]


class Retention(Part):
    """Who came back: people by the period in which they started, and in which later periods they returned."""

    name: Name = Field(description="The retention.")
    start: Event = Field(description="The event that puts somebody into a cohort.")
    returns: Event = Field(alias="return", description="The event that counts as having come back.")
    cohort: Literal["first_ever", "recurring", "first_in_range"] = Field(
        default="first_ever",
        description="The first start over all history, every start, or the first inside the range.",
    )
    period: Literal["day", "week", "month"] = Field(default="week", description="The length of a period.")
    periods: int = Field(default=12, ge=1, le=400, description="How many periods after the cohort's own are told.")
    kind: Literal["classic", "rolling", "bracketed"] = Field(
        default="classic", description="Back in that period, in it or later, or in any period of a bracket."
    )
    minimum: int = Field(default=1, ge=1, le=1000, description="How many returns a period needs to count, from 1 on.")
    brackets: list[Annotated[list[Annotated[int, Field(ge=0, le=400)]], AfterValidator(_bracket)]] = Field(
        default=[],
        description="Bracketed only: of each bracket its first and last period, both inside it; or all of them.",
    )
    clock: Literal["calendar", "elapsed"] = Field(
        default="calendar", description="Periods of the calendar, or of 24 hours times their days since the start."
    )
    range: DayRange = Field(default=DayRange(), description="Cohorts whose start lies in these days.")
    timezone: Zone | None = Field(default=None, description="As in the workspace.")
    week_start: Weekday | None = Field(default=None, description="As in the workspace.")
    breakdowns: list[Breakdown] = Field(default=[], description="Also told for each value of these.")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind == "bracketed") != bool(self.brackets):
            raise wrong(
                "brackets and kind: bracketed belong together", remedy="write both, such as brackets: [[1, 7], [8, 30]]"
            )
        if any(bracket[0] == 0 for bracket in self.brackets[1:]):
            raise wrong("only the first bracket can hold period 0", remedy="begin the others with 1 or more")
        if self.clock == "elapsed" and self.period == "month":
            raise wrong("months have no fixed length in hours", remedy="use period: day or week, or clock: calendar")
        return self

    def body(self, workspace: Workspace) -> dict[str, Any]:
        written = self.model_dump(mode="json", by_alias=True)
        return {
            **written,
            "timezone": self.timezone or workspace.timezone,
            "week_start": self.week_start or workspace.week_start,
        }


class Alias(Part):
    """A campaign's name as links spell it, and the one that is meant; inside one source only."""

    source: Name = Field(description="The utm_source whose links spell it so.")
    spelled: Name = Field(alias="from", description="The utm_campaign as links spell it.")
    meant: Name = Field(alias="to", description="The utm_campaign that is meant.")

    @property
    def name(self) -> str:
        return f"{self.source}: {self.spelled}"

    def body(self, workspace: Workspace) -> dict[str, Any]:
        return {"name": self.name, "source": self.source, "from": self.spelled, "to": self.meant}
