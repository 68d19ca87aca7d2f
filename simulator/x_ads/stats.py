"""Answers stats questions from the world's ad days, and tells which entities had activity in a time range."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.world.model import AdAccount, AdDay, AdWorld
from simulator.x_ads import views
from simulator.x_ads.envelope import ApiError, Json, invalid_parameter
from simulator.x_ads.gate import PARTY, Answer, Handler, Visit
from simulator.x_ads.metrics import Measures, add, of_ad_day, over_hours, unexplained, written
from simulator.x_ads.stats_question import ENTITIES, HOUR, Question, Span, check_length, read_question, read_span

SYNC_DAYS = 7
ACTIVE_DAYS = 90
MAIN_PLACEMENT = "ALL_ON_TWITTER"


def sync_handler(most_complex: int) -> Handler:
    def sync_stats(visit: Visit) -> Answer:
        question = ask(visit, most_days=SYNC_DAYS, is_job=False, most_complex=most_complex)
        found = answer(visit.world, visit.account, question)
        more = {"data_type": "stats", "time_series_length": question.buckets}
        return Answer(data=found, more=more)

    return sync_stats


def ask(visit: Visit, *, most_days: int, is_job: bool, most_complex: int) -> Question:
    question = read_question(visit.params, ZoneInfo(visit.account.timezone), most_days=most_days, is_job=is_job)
    if len(question.ids) * question.buckets * len(question.groups) > most_complex:
        raise ApiError(400, "REQUEST_TOO_COMPLEX", "This request is too complex. Ask for fewer values at once.")
    return question


def answer(world: AdWorld, account: AdAccount, question: Question) -> list[Json]:
    """Every id that was asked for is answered, whether it delivered anything or not."""
    buckets: dict[str, list[Measures]] = {each: [{} for _ in range(question.buckets)] for each in question.ids}
    for entity_id, day, placement, measures in delivered(world, account, question.entity, question.span.days()):
        if entity_id in buckets and placement == question.placement:
            for at, part in placed(world, account, question, day, measures):
                add(buckets[entity_id][at], part)
    return [
        {
            "id": entity_id,
            "id_data": [{"segment": None, "metrics": written(question.groups, buckets[entity_id])}],
        }
        for entity_id in question.ids
    ]


def placed(
    world: AdWorld, account: AdAccount, question: Question, day: date, measures: Measures
) -> Iterator[tuple[int, Measures]]:
    """The buckets a day's numbers fall into: its own, or those of its hours that lie inside the span."""
    span = question.span
    midnight = datetime.combine(day, time(), tzinfo=span.zone)
    following = datetime.combine(day + timedelta(days=1), time(), tzinfo=span.zone)
    if question.granularity == "DAY":
        yield (day - span.days()[0]).days, measures
    elif question.granularity == "TOTAL" and span.start <= midnight and following <= span.end:
        yield 0, measures
    else:
        shares = world.hour_shares(PARTY, account.id, day)
        for n, part in enumerate(over_hours(measures, shares)):
            at = midnight.astimezone(span.start.tzinfo) + n * HOUR
            if span.start <= at < span.end:
                yield (0 if question.granularity == "TOTAL" else int((at - span.start) / HOUR)), part


def delivered(
    world: AdWorld, account: AdAccount, entity: str, days: Sequence[date]
) -> Iterator[tuple[str, date, str, Measures]]:
    """Entity, day, placement, numbers. The account's own remainder shows at account and funding level only."""
    since, until = days[0], days[-1] + timedelta(days=1)
    by_day: dict[date, list[Measures]] = defaultdict(list)
    payers = {each.id: payer_of(world, account, each.id) for each in world.objects(PARTY, account.id, "campaign")}
    for row in world.ad_days(PARTY, account.id, since, until):
        measures = of_ad_day(row)
        by_day[row.day].append(measures)
        yield from ((each, row.day, row.slice, measures) for each in owners(account, payers, entity, row))
    whole = whole_account(account, entity)
    if whole is not None:
        for total in world.account_days(PARTY, account.id, since, until):
            yield whole, total.day, MAIN_PLACEMENT, unexplained(total, by_day[total.day])


def owners(account: AdAccount, payers: dict[str, str], entity: str, row: AdDay) -> list[str]:
    owner = {
        "ACCOUNT": account.id,
        "FUNDING_INSTRUMENT": payers.get(row.campaign_id),
        "CAMPAIGN": row.campaign_id,
        "LINE_ITEM": row.ad_group_id,
        "PROMOTED_TWEET": row.ad_id,
    }.get(entity)
    return [] if owner is None else [owner]


def whole_account(account: AdAccount, entity: str) -> str | None:
    if entity == "ACCOUNT":
        return account.id
    return first_payer(account) if entity == "FUNDING_INSTRUMENT" else None


def first_payer(account: AdAccount) -> str | None:
    return next((each["id"] for each in views.funding_instruments(account)), None)


def payer_of(world: AdWorld, account: AdAccount, campaign_id: str) -> str:
    campaign = world.find(PARTY, "campaign", campaign_id)
    paid_by = campaign.attributes.get("funding_instrument_id") if campaign else None
    return paid_by or first_payer(account) or ""


def active_entities(visit: Visit) -> Answer:
    """Which entities delivered in the range, when and where; days not yet over count up to the question's end."""
    entity = visit.params.required("entity")
    if entity not in ENTITIES or entity == "ACCOUNT":
        raise invalid_parameter("entity", entity, f"one of {', '.join(ENTITIES[1:])}")
    span = read_span(visit.params, ZoneInfo(visit.account.timezone), is_daily=False)
    check_length(span, most_days=ACTIVE_DAYS)
    wanted = visit.params.listed("entity_ids")
    days: dict[str, list[date]] = defaultdict(list)
    placements: dict[str, set[str]] = defaultdict(set)
    for entity_id, day, placement, measures in delivered(visit.world, visit.account, entity, span.days()):
        if any(measures.values()) and (not wanted or entity_id in wanted):
            days[entity_id].append(day)
            placements[entity_id].add(placement)
    data = [
        {
            "entity_id": entity_id,
            "activity_start_time": views.instant(max(span.start, midnight(min(seen), span))),
            "activity_end_time": views.instant(min(span.end, midnight(max(seen) + timedelta(days=1), span))),
            "placements": sorted(placements[entity_id]),
        }
        for entity_id, seen in sorted(days.items())
    ]
    return Answer(data=data)


def midnight(day: date, span: Span) -> datetime:
    return datetime.combine(day, time(), tzinfo=span.zone)
