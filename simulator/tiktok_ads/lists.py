"""`campaign/get/`, `adgroup/get/`, `ad/get/`: which objects are shown, in full pages with exact page info.

Deleted objects are hidden until a status filter asks for them. `filtering` is an object here (on reports it is a list).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.tiktok_ads.call import Call
from simulator.tiktok_ads.envelope import Outcome, invalid
from simulator.tiktok_ads.objects import Tree, ad_group_row, ad_row, campaign_row, is_deleted
from simulator.tiktok_ads.parameters import Parameters
from simulator.world.model import AdObject

MOST_IDS_IN_A_FILTER = 100
_PRIMARY = ("STATUS_ALL", "STATUS_NOT_DELETE", "STATUS_DELETE", "STATUS_DELIVERY_OK", "STATUS_DISABLE")

# Known to the platform and of no effect here: the practice world has no such distinctions.
_WITHOUT_EFFECT = {
    "buying_types",
    "campaign_system_origins",
    "campaign_product_source",
    "campaign_type",
    "creative_campaign_type",
    "creative_material_mode",
    "sales_destination",
    "is_smart_performance_campaign",
    "split_test_enabled",
    "destination",
    "bid_strategy",
}


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One of the three lists: whose rows, under which status prefix, by which filters."""

    prefix: str  # of secondary statuses
    objects: Callable[[Tree], Mapping[str, AdObject]]
    row: Callable[[AdObject, Tree], dict[str, Any]]
    id_filters: Mapping[str, str]  # filter → the row's field
    name_filters: Mapping[str, str]  # fragments of a name
    exact_filters: Collection[str] = ()


CAMPAIGNS = Listing(
    prefix="CAMPAIGN_STATUS",
    objects=lambda tree: tree.campaigns,
    row=campaign_row,
    id_filters={"campaign_ids": "campaign_id"},
    name_filters={"campaign_name": "campaign_name"},
    exact_filters=("objective_type", "optimization_goal"),
)
AD_GROUPS = Listing(
    prefix="ADGROUP_STATUS",
    objects=lambda tree: tree.ad_groups,
    row=ad_group_row,
    id_filters={"campaign_ids": "campaign_id", "adgroup_ids": "adgroup_id"},
    name_filters={"adgroup_name": "adgroup_name"},
    exact_filters=("optimization_goal", "promotion_type"),
)
ADS = Listing(
    prefix="AD_STATUS",
    objects=lambda tree: tree.ads,
    row=ad_row,
    id_filters={"campaign_ids": "campaign_id", "adgroup_ids": "adgroup_id", "ad_ids": "ad_id"},
    name_filters={"ad_name": "ad_name"},
    exact_filters=("optimization_goal",),
)


def get_list(listing: Listing) -> Callable[[Call], Outcome]:
    def handle(call: Call) -> Outcome:
        tree = Tree.of(call.door.world, call.account.id)
        wanted = call.parameters.texts("fields")
        keep = _filter(listing, call.parameters.mapping("filtering"))
        rows = [row for found in listing.objects(tree).values() if keep(row := listing.row(found, tree))]
        shown, page_info = page_of(rows, call.parameters)
        if wanted:
            shown = [{name: row[name] for name in wanted if name in row} for row in shown]
        return Outcome(data={"list": shown, "page_info": page_info})

    return handle


def page_of(
    rows: Sequence[Any], parameters: Parameters, *, default_size: int = 10
) -> tuple[Sequence[Any], dict[str, int]]:
    """Full pages but for the last; `total_number` and `total_page` exact, beyond the end an empty list."""
    page = parameters.integer("page", default=1, least=1)
    size = parameters.integer("page_size", default=default_size, least=1, most=1000)
    pages = -(-len(rows) // size)
    info = {"page": page, "page_size": size, "total_number": len(rows), "total_page": pages}
    return rows[(page - 1) * size : page * size], info


def _filter(listing: Listing, filtering: Parameters) -> Callable[[Mapping[str, Any]], bool]:
    known = {
        *listing.id_filters,
        *listing.name_filters,
        *listing.exact_filters,
        "secondary_status",
        "primary_status",
        "objective_type",
        "creation_filter_start_time",
        "creation_filter_end_time",
        "modified_after",
        "billing_events",
    }
    if unknown := filtering.names() - known - _WITHOUT_EFFECT:
        raise invalid(f"filtering: Unknown field {', '.join(sorted(unknown))}.")
    checks = [_by_status(listing, filtering)]
    for name, column in listing.id_filters.items():
        if ids := filtering.texts(name, most=MOST_IDS_IN_A_FILTER):
            checks.append(lambda row, ids=frozenset(ids), column=column: row[column] in ids)
    for name, column in listing.name_filters.items():
        if fragment := filtering.optional_text(name):
            checks.append(lambda row, fragment=fragment, column=column: fragment.lower() in row[column].lower())
    for name in listing.exact_filters:
        if value := filtering.optional_text(name):
            checks.append(lambda row, value=value, name=name: row.get(name) == value)
    if events := filtering.texts("billing_events"):
        checks.append(lambda row: row.get("billing_event") in events)
    # Instants without a zone sort as text.
    if start := filtering.optional_text("creation_filter_start_time"):
        checks.append(lambda row: row["create_time"] >= start)
    if end := filtering.optional_text("creation_filter_end_time"):
        checks.append(lambda row: row["create_time"] <= end)
    if after := filtering.optional_text("modified_after"):
        checks.append(lambda row: row["modify_time"] > after)
    return lambda row: all(check(row) for check in checks)


def _by_status(listing: Listing, filtering: Parameters) -> Callable[[Mapping[str, Any]], bool]:
    secondary = filtering.optional_text("secondary_status")
    primary = filtering.choice("primary_status", _PRIMARY, default="STATUS_NOT_DELETE")
    if secondary is None:
        secondary = {
            "STATUS_ALL": f"{listing.prefix}_ALL",
            "STATUS_NOT_DELETE": f"{listing.prefix}_NOT_DELETE",
        }.get(primary, "")
    elif not secondary.startswith(f"{listing.prefix}_"):
        raise invalid(f"filtering.secondary_status: Must be one of the {listing.prefix}_* values.")
    if secondary == f"{listing.prefix}_ALL":
        return lambda row: True
    if secondary == f"{listing.prefix}_NOT_DELETE":
        return lambda row: not is_deleted(row["secondary_status"])
    if secondary:
        return lambda row: row["secondary_status"] == secondary
    return _by_primary(primary)


def _by_primary(primary: str) -> Callable[[Mapping[str, Any]], bool]:
    if primary == "STATUS_DELETE":
        return lambda row: is_deleted(row["secondary_status"])
    if primary == "STATUS_DISABLE":
        return lambda row: row["secondary_status"].endswith("_DISABLE")
    return lambda row: row["secondary_status"].endswith(("_DELIVERY_OK", "_ENABLE"))
