"""X's objects as the neutral `ObjectState`: which of X's words mean active, paused or deleted, and where money sits."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.ad_platform import Level, ObjectState, Row, Status
from connectors.x_ads.money import from_micros


@dataclass(frozen=True, kw_only=True)
class Edge:
    """Where X keeps the objects of a level."""

    path: str
    parent: str | None
    title: str


EDGES: Mapping[Level, Edge] = {
    Level.CAMPAIGN: Edge(path="/campaigns", parent=None, title="campaign"),
    Level.AD_GROUP: Edge(path="/line_items", parent="campaign_id", title="line item"),
    Level.AD: Edge(path="/promoted_tweets", parent="line_item_id", title="promoted tweet"),
}
STATUSES = {"ACTIVE": Status.ACTIVE, "PAUSED": Status.PAUSED, "DRAFT": Status.PAUSED}
SETTABLE = {Status.ACTIVE: "ACTIVE", Status.PAUSED: "PAUSED"}


def status_of(row: Row) -> Status:
    return Status.DELETED if row.get("deleted") else STATUSES.get(row.get("entity_status", ""), Status.UNKNOWN)


def state_of(level: Level, row: Row, *, name: str | None = None) -> ObjectState:
    """Promoted tweets have no name of their own: their tweet's is handed in."""
    edge = EDGES[level]
    return ObjectState(
        level=level,
        id=row["id"],
        name=name if name is not None else row.get("name") or "",
        status=status_of(row),
        daily_budget=from_micros(row.get("daily_budget_amount_local_micro"), currency=row.get("currency", "")),
        parent_id=row.get(edge.parent) if edge.parent else None,
        raw=row,
    )
