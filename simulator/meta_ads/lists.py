"""Lists: which objects of an edge are shown, in which pages, and how the next page is named.

The same paging serves objects and report rows. `next` repeats every parameter and stands beside `cursors`, because
some clients follow the one and some the other.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from simulator.meta_ads.errors import invalid, too_much_data
from simulator.meta_ads.habits import Habits
from simulator.meta_ads.request import GraphRequest
from simulator.meta_ads.statuses import EFFECTIVE_STATUSES, HIDDEN_UNLESS_ASKED_FOR, effective_status
from simulator.world.model import AdObject, AdWorld

T = TypeVar("T")

_PREFIXES = ("campaign", "adset", "ad", "customaudience")
_DEFAULT_LIMIT = 25


def visible(world: AdWorld, things: Sequence[AdObject], request: GraphRequest) -> list[AdObject]:
    """The objects of a list that pass its filters; archived and deleted ones only when a filter names their status."""
    filters = request.items("filtering")
    wanted = [str(status) for status in request.items("effective_status")]
    tests: list[Callable[[AdObject], bool]] = []
    if wanted:
        tests.append(_status_in(world, wanted))
    for each in filters:
        if not isinstance(each, dict) or not {"field", "operator"} <= set(each):
            raise invalid("Param filtering must be an array of {field, operator, value}", "filtering")
        prefix, _, field = str(each["field"]).rpartition(".")
        if prefix and prefix not in _PREFIXES:
            raise invalid(f"Filtering field {each['field']} is invalid", "filtering")
        if field in ("effective_status", "delivery_info"):
            wanted += [str(status) for status in _values(each)]
        tests.append(test_of(world, prefix, field, each))
    if not wanted:
        tests.append(lambda thing: effective_status(world, thing) not in HIDDEN_UNLESS_ASKED_FOR)
    return [thing for thing in things if all(test(thing) for test in tests)]


def page(
    rows: Sequence[T],
    request: GraphRequest,
    *,
    key: Callable[[int, T], str],
    render: Callable[[T], Mapping[str, Any]],
    base_url: str,
    habits: Habits,
    with_total: bool,
    width: int | None = None,
) -> dict[str, Any]:
    """One page. A cursor names the row it stands behind, so rows added meanwhile shift nothing."""
    limit = _DEFAULT_LIMIT if (asked := request.number("limit")) is None else asked
    if limit < 1:
        raise invalid("Param limit must be a positive integer", "limit")
    start = 0
    keys = [key(place, row) for place, row in enumerate(rows)]
    after = request.text("after")
    if after is not None and (behind := _decoded(after)) != "":
        if behind not in keys:
            raise invalid("Param after is not a valid cursor", "after")
        start = keys.index(behind) + 1
    if min(limit, len(rows) - start) * (width or max(1, len(request.fields))) > habits.page_cells:
        raise too_much_data()
    held_back = habits.empty_page and after is None
    shown = [] if held_back else rows[start : start + limit]
    body: dict[str, Any] = {"data": [render(row) for row in shown]}
    last = start + len(shown)
    if shown or held_back:
        cursors = {"before": encoded(keys[start] if shown else ""), "after": encoded(keys[last - 1] if shown else "")}
        more = {"next": _next(request, base_url, cursors["after"], limit)} if last < len(rows) else {}
        body["paging"] = {"cursors": cursors, **more}
    if with_total and request.text("summary") is not None:
        body["summary"] = {"total_count": len(rows)}
    return body


def _next(request: GraphRequest, base_url: str, after: str, limit: int) -> str:
    query = dict(request.params) | {"limit": str(limit), "after": after}
    if request.token is not None:
        query["access_token"] = request.token
    return f"{base_url}/{request.version}/{'/'.join(request.path)}?{urlencode(query)}"


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(f"QVFI{text}".encode()).decode().rstrip("=")


def _decoded(cursor: str) -> str:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        raise invalid("Param after is not a valid cursor", "after") from None
    return text.removeprefix("QVFI")


def _values(filter_: Mapping[str, Any]) -> list[Any]:
    value = filter_.get("value")
    return value if isinstance(value, list) else [value]


def _status_in(world: AdWorld, wanted: Sequence[str]) -> Callable[[AdObject], bool]:
    unknown = set(wanted) - EFFECTIVE_STATUSES
    if unknown:
        raise invalid(f"Unknown effective_status: {', '.join(sorted(unknown))}", "effective_status")
    return lambda thing: effective_status(world, thing) in wanted


def test_of(world: AdWorld, prefix: str, field: str, filter_: Mapping[str, Any]) -> Callable[[AdObject], bool]:
    operator, values = str(filter_["operator"]).upper(), _values(filter_)
    if field in ("effective_status", "delivery_info"):
        chosen = _status_in(world, [str(value) for value in values])
        return chosen if operator in ("IN", "EQUAL") else lambda thing: not chosen(thing)
    if field in ("updated_time", "created_time"):
        moment = _moment(values[0])
        return lambda thing: compare(operator, _time_of(thing, field), moment)
    if field == "id" or (field.endswith("_id") and not prefix):
        texts = {str(value) for value in values}
        return lambda thing: bool(texts & _ids_of(world, thing, prefix or field.removesuffix("_id")))
    if field == "name":
        names = [str(value) for value in values]
        return lambda thing: compare(operator, thing.name, names if operator == "IN" else names[0])
    raise invalid(f"Filtering field {filter_['field']} with operation {operator} is not supported", "filtering")


def _moment(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        raise invalid("A time in filtering must be a unix timestamp or ISO 8601", "filtering") from None


def _time_of(thing: AdObject, field: str) -> float:
    return int((thing.updated_at if field == "updated_time" else thing.created_at).timestamp())


def _ids_of(world: AdWorld, thing: AdObject, prefix: str) -> set[str]:
    if prefix == "campaign" and thing.level == "ad":
        group = world.find(thing.party, "ad_group", thing.parent_id or "")
        return {group.parent_id or ""} if group else set()
    level = {"campaign": "campaign", "adset": "ad_group", "ad": "ad"}.get(prefix, thing.level)
    return {thing.id} if level == thing.level else {thing.parent_id or ""}


def compare(operator: str, have: Any, want: Any) -> bool:
    match operator:
        case "GREATER_THAN":
            return have > want
        case "GREATER_THAN_OR_EQUAL":
            return have >= want
        case "LESS_THAN":
            return have < want
        case "LESS_THAN_OR_EQUAL":
            return have <= want
        case "EQUAL":
            return have == want
        case "NOT_EQUAL":
            return have != want
        case "CONTAIN" if isinstance(have, str):
            return str(want).casefold() in have.casefold()
        case "NOT_CONTAIN" if isinstance(have, str):
            return str(want).casefold() not in have.casefold()
        case "STARTS_WITH" if isinstance(have, str):
            return have.casefold().startswith(str(want).casefold())
        case "IN":
            return have in (want if isinstance(want, list) else [want])
    raise invalid(f"Unknown filtering operator {operator}", "filtering")
