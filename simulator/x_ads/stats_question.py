"""What a stats call asks for, after every rule X has about it: entity, ids, hours or days, groups, one placement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.x_ads.envelope import ApiError, exclusive_parameters, invalid_parameter, missing_parameter
from simulator.x_ads.metrics import GROUPS
from simulator.x_ads.params import Params

ENTITIES = ("ACCOUNT", "FUNDING_INSTRUMENT", "CAMPAIGN", "LINE_ITEM", "PROMOTED_TWEET", "MEDIA_CREATIVE")
PLACEMENTS = ("ALL_ON_TWITTER", "SPOTLIGHT", "TREND", "PUBLISHER_NETWORK")
SEGMENTATIONS = ("AGE", "GENDER", "METROS", "PLATFORMS", "LOCATIONS", "LANGUAGES", "CONVERSION_TAGS")
GRANULARITIES = ("TOTAL", "DAY", "HOUR")
ALONE = ("MOBILE_CONVERSION", "LIFE_TIME_VALUE_MOBILE_CONVERSION")
MOST_IDS = 20
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Half-open, as instants; `zone` says which days they cut."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def days(self) -> list[date]:
        """The account-local days it touches."""
        first = self.start.astimezone(self.zone).date()
        last = (self.end.astimezone(UTC) - timedelta(microseconds=1)).astimezone(self.zone).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def hours(self) -> list[datetime]:
        return [self.start + n * HOUR for n in range(int((self.end - self.start) / HOUR))]


@dataclass(frozen=True, kw_only=True)
class Question:
    entity: str
    ids: Sequence[str]
    span: Span
    granularity: str
    groups: Sequence[str]
    placement: str
    segmentation: str | None = None

    @property
    def buckets(self) -> int:
        if self.granularity == "TOTAL":
            return 1
        return len(self.span.days() if self.granularity == "DAY" else self.span.hours())


def read_question(params: Params, zone: ZoneInfo, *, most_days: int, is_job: bool) -> Question:
    entity = params.required("entity")
    params.choice("entity", ENTITIES)
    ids = params.listed("entity_ids", most=MOST_IDS)
    if not ids:
        raise missing_parameter("entity_ids")
    granularity = params.required("granularity")
    params.choice("granularity", GRANULARITIES)
    placement = params.required("placement")
    params.choice("placement", PLACEMENTS)
    groups = read_groups(params, entity)
    segmentation = params.choice("segmentation_type", SEGMENTATIONS)
    if segmentation is not None and not is_job:
        raise invalid_parameter("segmentation_type", segmentation, "no segmentation in a synchronous call")
    if segmentation == "METROS":
        params.required("country")
    span = read_span(params, zone, is_daily=granularity == "DAY")
    check_length(span, most_days=45 if segmentation else most_days)
    return Question(
        entity=entity,
        ids=ids,
        span=span,
        granularity=granularity,
        groups=groups,
        placement=placement,
        segmentation=segmentation,
    )


def read_groups(params: Params, entity: str) -> list[str]:
    groups = list(dict.fromkeys(params.listed("metric_groups")))
    if not groups:
        raise missing_parameter("metric_groups")
    for group in groups:
        if group not in GROUPS:
            raise invalid_parameter("metric_groups", group, f"some of {', '.join(GROUPS)}")
        if group in ALONE and len(groups) > 1:
            raise exclusive_parameters("metric_groups", group)
        if entity == "ACCOUNT" and group != "ENGAGEMENT":
            raise invalid_parameter("metric_groups", group, "ENGAGEMENT only, for the entity ACCOUNT")
    return groups


def read_span(params: Params, zone: ZoneInfo, *, is_daily: bool) -> Span:
    """Days begin at the account's midnight, which is 23 or 25 hours after the last one when clocks change."""
    start, end = (read_moment(params, name, zone) for name in ("start_time", "end_time"))
    if end <= start:
        raise bad_window("end_time must be after start_time")
    if is_daily and not (is_midnight(start, zone) and is_midnight(end, zone)):
        raise bad_window(f"start_time and end_time must be midnights of the account's time zone, {zone.key}")
    return Span(start=start, end=end, zone=zone)


def read_moment(params: Params, name: str, zone: ZoneInfo) -> datetime:
    text = params.required(name)
    if len(text) == len("2026-11-01") and "T" not in text:
        try:
            return start_of_day(date.fromisoformat(text), zone)
        except ValueError as error:
            raise invalid_parameter(name, text, "a date or an ISO 8601 instant") from error
    moment = params.instant(name)
    if moment is None:
        raise missing_parameter(name)
    local = moment.astimezone(zone)
    # Zones half an hour off have their midnights on half hours: whole in either clock is whole enough.
    if any(at.second or at.microsecond for at in (moment, local)) or (moment.minute and local.minute):
        raise invalid_parameter(name, text, "a whole hour")
    return moment.astimezone(UTC)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def is_midnight(at: datetime, zone: ZoneInfo) -> bool:
    """Where clocks go forward at midnight, the day starts at one o'clock: that counts as its midnight."""
    return at == start_of_day(at.astimezone(zone).date(), zone)


def on_the_calendar(at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone).replace(tzinfo=None)
    return datetime.combine(local.date(), time()) if is_midnight(at, zone) else local


def check_length(span: Span, *, most_days: int) -> None:
    """Counted on the account's calendar, so a 25-hour day is one day like any other."""
    if on_the_calendar(span.end, span.zone) - on_the_calendar(span.start, span.zone) > timedelta(days=most_days):
        raise bad_window(f"the time range may span at most {most_days} days")


def bad_window(why: str) -> ApiError:
    return ApiError(400, "INVALID_TIME_WINDOW", why, parameter="end_time")
