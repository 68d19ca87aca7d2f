"""Lists of objects as X gives them out: filters, order, pages with opaque cursors, counts on request."""

from collections.abc import Callable, Sequence

from simulator.world.model import AdAccount, AdObject
from simulator.x_ads import views
from simulator.x_ads.envelope import Json, exclusive_parameters, invalid_parameter
from simulator.x_ads.gate import Answer, Visit
from simulator.x_ads.params import Params
from simulator.x_ads.views import base36

USUAL_COUNT = 200
SORTABLE = ("created_at", "updated_at", "name", "entity_status")
CURSOR_BASE = 36**6

View = Callable[[AdAccount, AdObject], Json]


def list_objects(visit: Visit, objects: Sequence[AdObject], view: View, *, filters: dict[str, str]) -> Answer:
    """`filters` maps a parameter such as `campaign_ids` to the field of the view it selects by."""
    return list_views(visit, [view(visit.account, obj) for obj in objects], filters=filters)


def list_views(visit: Visit, items: Sequence[Json], *, filters: dict[str, str]) -> Answer:
    """`items` holds deleted ones too, oldest first: positions in it stay put while a client turns pages."""
    params = visit.params
    with_total, cursor = params.boolean("with_total_count"), params.text("cursor")
    if with_total and cursor is not None:
        raise exclusive_parameters("with_total_count", "cursor")
    wanted = chosen(params, filters)
    ordered = in_order(items, params.text("sort_by"))
    positions = [n for n, item in enumerate(ordered) if wanted(item)]
    start = 0 if cursor is None else position_of(cursor)
    count = params.integer("count", most=1000) or USUAL_COUNT
    remaining = [n for n in positions if n >= start]
    page = remaining[:count]
    following = remaining[count] if len(remaining) > count else None
    more: Json = {"next_cursor": None if following is None else cursor_at(following)}
    if with_total:
        more["total_count"] = len(positions)
    return Answer(data=[ordered[n] for n in page], more=more)


def chosen(params: Params, filters: dict[str, str]) -> Callable[[Json], bool]:
    with_deleted, with_draft = params.boolean("with_deleted"), params.boolean("with_draft")
    text = (params.text("q") or "").casefold()
    ids = {field: set(params.listed(name)) for name, field in filters.items() if params.has(name)}

    def wanted(item: Json) -> bool:
        return (
            (with_deleted or not item.get("deleted"))
            and (with_draft or item.get("entity_status") != "DRAFT")
            and (not text or text in (item.get("name") or "").casefold())
            and all(item.get(field) in values for field, values in ids.items())
        )

    return wanted


def in_order(items: Sequence[Json], sort_by: str | None) -> list[Json]:
    if sort_by is None:
        return list(items)
    field, _, direction = sort_by.partition("-")
    if field not in SORTABLE or direction not in ("", "asc", "desc"):
        raise invalid_parameter("sort_by", sort_by, f"one of {', '.join(SORTABLE)} with -asc or -desc")
    return sorted(items, key=lambda item: item.get(field) or "", reverse=direction == "desc")


def cursor_at(position: int) -> str:
    return f"{base36(CURSOR_BASE + position)}"


def position_of(cursor: str) -> int:
    is_ours = cursor.isascii() and cursor.isalnum() and len(cursor) == len(base36(CURSOR_BASE))
    position = int(cursor, 36) - CURSOR_BASE if is_ours else -1
    if position < 0:
        raise invalid_parameter("cursor", cursor, "a cursor of an earlier answer")
    return position


def list_accounts(visit: Visit) -> Answer:
    return list_views(visit, [views.account(each) for each in visit.granted], filters={"account_ids": "id"})
