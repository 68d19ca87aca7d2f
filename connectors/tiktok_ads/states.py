"""TikTok's objects in neutral words: what a change is checked against, before and after."""

from dataclasses import dataclass
from decimal import Decimal

from connectors.ad_platform import Level, Money, ObjectState, Row, Status


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a level lives in the API."""

    path: str  # campaign → campaign/get/, campaign/status/update/
    id_field: str
    name_field: str
    parent_field: str | None
    everything: str  # the status filter that also shows deleted objects

    @property
    def ids_field(self) -> str:
        return f"{self.id_field}s"


PLACES = {
    Level.CAMPAIGN: Place(
        path="campaign",
        id_field="campaign_id",
        name_field="campaign_name",
        parent_field=None,
        everything="CAMPAIGN_STATUS_ALL",
    ),
    Level.AD_GROUP: Place(
        path="adgroup",
        id_field="adgroup_id",
        name_field="adgroup_name",
        parent_field="campaign_id",
        everything="ADGROUP_STATUS_ALL",
    ),
    Level.AD: Place(
        path="ad", id_field="ad_id", name_field="ad_name", parent_field="adgroup_id", everything="AD_STATUS_ALL"
    ),
}
SWITCHES = {Status.ACTIVE: "ENABLE", Status.PAUSED: "DISABLE", Status.DELETED: "DELETE"}
_DAILY_MODES = ("BUDGET_MODE_DAY", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET")


def state_of(level: Level, row: Row, *, currency: str) -> ObjectState:
    place = PLACES[level]
    parent = row.get(place.parent_field) if place.parent_field else None
    return ObjectState(
        level=level,
        id=str(row[place.id_field]),
        name=str(row.get(place.name_field) or ""),
        status=_status(row),
        daily_budget=_daily_budget(row, currency=currency),
        parent_id=None if parent is None else str(parent),
        raw=row,
    )


def _status(row: Row) -> Status:
    """The object's own switch. Its secondary status only says whether it is gone, as that one also tells of parents."""
    if str(row.get("secondary_status", "")).endswith("_STATUS_DELETE"):
        return Status.DELETED
    return {"ENABLE": Status.ACTIVE, "DISABLE": Status.PAUSED, "DELETE": Status.DELETED}.get(
        str(row.get("operation_status")), Status.UNKNOWN
    )


def _daily_budget(row: Row, *, currency: str) -> Money | None:
    if row.get("budget_mode") not in _DAILY_MODES or row.get("budget") is None:
        return None
    return Money(Decimal(str(row["budget"])), currency)
