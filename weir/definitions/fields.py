"""What the fields of definitions are made of: names, spans of time, zones, days, and what an event must look like."""

import difflib
import math
import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

EVERY_EVENT = "*"
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Direct = Literal["exclude_if_any_other", "keep"]
Breakdown = Literal["channel", "platform", "campaign", "country", "plan", "variant"]
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"(\d{1,9})\s*([smhdw])")
_LONGEST_SPAN = 3660 * 86_400


class Part(BaseModel):
    """Everything in a definition: nothing beyond what is known, and no text taken for a number or the reverse."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True, populate_by_name=True)


def wrong(problem: str, *, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("definition", "{problem}", {"problem": problem, "remedy": remedy})


def nearest(name: str, known: Iterable[str]) -> str:
    """What they may have meant, as the beginning of a remedy."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(names)}" if len(names) < 30 else "look it up"


def _name(text: str) -> str:
    if text != text.strip() or not text.isprintable() or not 1 <= len(text) <= 80:
        raise wrong(f"{text!r} is no name", remedy="use 1 to 80 signs on one line, without spaces at the ends")
    return text


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise wrong(
            f"{text!r} is no time zone", remedy=nearest(text, available_timezones()) + " (such as Europe/Berlin)"
        )
    return text


def _span(value: Any) -> int:
    if isinstance(value, str) and (match := _SPAN.fullmatch(value.strip())):
        seconds = int(match[1]) * _SECONDS[match[2]]
        if 1 <= seconds <= _LONGEST_SPAN:
            return seconds
        raise wrong(f"{value!r} is out of range", remedy="between 1s and 3660d")
    raise wrong(f"{value!r} is no span of time", remedy="write a whole number and s, m, h, d or w, such as 14d")


def _property(name: str) -> str:
    if '"' in name or "\\" in name:
        raise wrong(f"the property {name!r} cannot be looked for", remedy="rename it where it is sent")
    return name


def _plain_value(value: Any) -> Any:
    if isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise wrong(f"{value!r} is no value to compare with", remedy="write a text, a number, true or false")


Name = Annotated[str, AfterValidator(_name)]
Zone = Annotated[str, AfterValidator(_zone)]
Seconds = Annotated[int, BeforeValidator(_span)]
Where = dict[Annotated[Name, AfterValidator(_property)], Annotated[Any, AfterValidator(_plain_value)]]


class DayRange(Part):
    """Days in the definition's time zone: `from` is the first that counts, `to` the first that does not any more."""

    first: date | None = Field(default=None, alias="from", description="The first day that counts; any if left out.")
    until: date | None = Field(
        default=None, alias="to", description="The first day that counts no more; none if left out."
    )

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if self.first is not None and self.until is not None and self.until <= self.first:
            raise wrong(
                f"no day lies between {self.first} and {self.until}",
                remedy="`to` is the day after the last that counts",
            )
        return self


class Happening(Part):
    """One kind of event: its type, and what its properties must say."""

    event: Name = Field(description='The type of the event; "*" is any product event.')
    where: Where = Field(
        default={},
        description="Properties with the value each must have; numbers compare as numbers, the rest as text.",
    )
