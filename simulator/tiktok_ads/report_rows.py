"""The rows of a report: the world's days grouped by the question's dimensions, rows without delivery left out.

Days are the advertiser's own. An hour that a clock change repeats is one row, as its label is one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulator.tiktok_ads import objects
from simulator.tiktok_ads.objects import PARTY, Tree
from simulator.tiktok_ads.report_metrics import (
    METRICS,
    NOT_AVAILABLE,
    Counts,
    counts_of_account,
    counts_of_ad,
    spread,
    total,
)
from simulator.tiktok_ads.report_question import LEVEL_IDS, Question
from simulator.world.model import AdAccount, AdDay, AdObject, AdWorld

Group = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    rows: list[dict[str, Any]]  # {"dimensions": {…}, "metrics": {…}}
    total_metrics: dict[str, str]
    is_cut_off: bool


def report_of(question: Question, world: AdWorld, *, most_ads: int) -> Report:
    rows: list[dict[str, Any]] = []
    everything: list[Counts] = []
    is_cut_off = False
    for account in question.accounts if question.holds_data else ():
        tree = Tree.of(world, account.id)
        asked_for = [ad.id for ad in tree.ads.values() if _is_asked_for(question, ad, tree)]
        shown = set(asked_for[:most_ads])
        is_cut_off = is_cut_off or len(asked_for) > most_ads
        grouped: dict[Group, list[Counts]] = {}
        for group, counts in _deliveries(question, world, account, tree, shown):
            grouped.setdefault(group, []).append(counts)
        describe = _describer(question, account, tree)
        for group, parts in sorted(grouped.items(), key=lambda item: (item[0][1:], item[0][0])):
            counts = total(parts)
            everything.append(counts)
            dimensions = _dimensions(question, group)
            attributes = describe(group[0])
            rows.append({"dimensions": dimensions, "metrics": _metrics(question, counts, attributes)})
    if question.order_field:
        rows.sort(key=lambda row: _sort_key(row, str(question.order_field)), reverse=question.descending)
    return Report(rows=rows, total_metrics=_metrics(question, total(everything), {}), is_cut_off=is_cut_off)


def _is_asked_for(question: Question, ad: AdObject, tree: Tree) -> bool:
    ad_group = tree.ad_groups.get(ad.parent_id or "")
    ids = {"ad_id": ad.id, "adgroup_id": ad.parent_id, "campaign_id": ad_group.parent_id if ad_group else None}
    return all(ids[column] in only for column, only in question.ids.items())


def _deliveries(
    question: Question, world: AdWorld, account: AdAccount, tree: Tree, shown: set[str]
) -> Iterator[tuple[Group, Counts]]:
    zone = ZoneInfo(account.timezone)
    since = question.since or account.created_at.astimezone(zone).date()
    until = question.until or world.now().astimezone(zone).date() + timedelta(days=1)
    if question.level == "AUCTION_ADVERTISER" and not question.ids:
        for account_day in world.account_days(PARTY, account.id, since, until):
            for label, counts in _by_time(question, world, account, account_day.day, counts_of_account(account_day)):
                yield (account.id, *label), counts
        return
    wanted = _wanted(question, tree)
    for ad_day in world.ad_days(PARTY, account.id, since, until):
        if ad_day.ad_id in shown and wanted(ad_day):
            own_id = _own_id(question, ad_day, account)
            for label, counts in _by_time(question, world, account, ad_day.day, counts_of_ad(ad_day)):
                yield (own_id, *label), counts


def _by_time(
    question: Question, world: AdWorld, account: AdAccount, day: date, counts: Counts
) -> Iterator[tuple[Group, Counts]]:
    if question.time_dimension is None:
        yield (), counts
    elif question.time_dimension == "stat_time_day":
        yield (f"{day} 00:00:00",), counts
    else:
        shares = world.hour_shares(PARTY, account.id, day)
        midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(account.timezone)).astimezone(UTC)
        for hour, part in enumerate(spread(counts, shares)):
            local = (midnight + timedelta(hours=hour)).astimezone(ZoneInfo(account.timezone))
            if part.get("impressions"):
                yield (f"{local:%Y-%m-%d %H}:00:00",), part


def _own_id(question: Question, day: AdDay, account: AdAccount) -> str:
    return {
        "AUCTION_ADVERTISER": account.id,
        "AUCTION_CAMPAIGN": day.campaign_id,
        "AUCTION_ADGROUP": day.ad_group_id,
        "AUCTION_AD": day.ad_id,
    }[question.level]


def _wanted(question: Question, tree: Tree) -> Callable[[AdDay], bool]:
    visible = _visible_ids(question, tree)

    def is_wanted(day: AdDay) -> bool:
        ids = {"campaign_id": day.campaign_id, "adgroup_id": day.ad_group_id, "ad_id": day.ad_id}
        if visible is not None and ids[LEVEL_IDS[question.level]] not in visible:
            return False
        return all(ids[column] in only for column, only in question.ids.items())

    return is_wanted


def _visible_ids(question: Question, tree: Tree) -> set[str] | None:
    if question.status == "STATUS_ALL" or question.level == "AUCTION_ADVERTISER":
        return None
    found: Mapping[str, AdObject]
    status: Callable[[AdObject], str]
    if question.level == "AUCTION_CAMPAIGN":
        found, status = tree.campaigns, objects.campaign_status
    elif question.level == "AUCTION_ADGROUP":
        found, status = tree.ad_groups, lambda each: objects.ad_group_status(each, tree)
    else:
        found, status = tree.ads, lambda each: objects.ad_status(each, tree)
    endings = {
        "STATUS_DELETE": ("_DELETE",),
        "STATUS_DISABLE": ("_DISABLE",),
        "STATUS_DELIVERY_OK": ("_DELIVERY_OK", "_STATUS_ENABLE"),
        "STATUS_NOT_DELETE": ("_DISABLE", "_DELIVERY_OK", "_STATUS_ENABLE"),
    }[question.status]
    return {each.id for each in found.values() if status(each).endswith(endings)}


def _dimensions(question: Question, group: Group) -> dict[str, str]:
    labels = {LEVEL_IDS[question.level]: group[0]}
    if question.time_dimension:
        labels[question.time_dimension] = group[1]
    return {name: labels[name] for name in question.dimensions}


def _describer(question: Question, account: AdAccount, tree: Tree) -> Callable[[str], dict[str, str]]:
    """Attribute metrics: names and ids of the object and of what it hangs under, currency and zone."""

    def describe(object_id: str) -> dict[str, str]:
        said = {"advertiser_id": account.id, "currency": account.currency, "timezone": account.timezone}
        ad = tree.ads.get(object_id) if question.level == "AUCTION_AD" else None
        group_id = (ad.parent_id or "") if ad else object_id if question.level == "AUCTION_ADGROUP" else ""
        ad_group = tree.ad_groups.get(group_id)
        campaign_id = (ad_group.parent_id or "") if ad_group else object_id
        campaign = tree.campaigns.get(campaign_id)
        for word, found in (("ad", ad), ("adgroup", ad_group), ("campaign", campaign)):
            if found is not None:
                said |= {f"{word}_id": found.id, f"{word}_name": found.name}
        if ad is not None:
            said["ad_text"] = str(ad.attributes.get("ad_text", ad.name))
        if campaign is not None:
            said["objective_type"] = str(campaign.attributes.get("objective_type", "WEB_CONVERSIONS"))
        return said

    return describe


def _metrics(question: Question, counts: Counts, attributes: Mapping[str, str]) -> dict[str, str]:
    """Every metric that was asked for; one the platform does not know is "-", never an error."""
    return {
        name: METRICS[name](counts) if name in METRICS else attributes.get(name, NOT_AVAILABLE)
        for name in question.metrics
    }


def _sort_key(row: Mapping[str, Any], name: str) -> tuple[int, float, str]:
    text = row["metrics"].get(name, row["dimensions"].get(name, NOT_AVAILABLE))
    try:
        return (1, float(text), "")
    except ValueError:
        return (0, 0.0, text)
