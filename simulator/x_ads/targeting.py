"""Whom a line item reaches: its targeting criteria, kept with it, and the places that can be aimed at."""

from hashlib import sha256
from typing import Any

from simulator.world.model import AdObject
from simulator.x_ads import views
from simulator.x_ads.envelope import ApiError, Json, missing_parameter, not_found
from simulator.x_ads.gate import PARTY, Answer, Visit
from simulator.x_ads.line_items import LINE_ITEMS
from simulator.x_ads.listing import list_views

COUNTRIES = (
    "AE", "AR", "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CL", "CO", "CZ", "DE", "DK", "EE", "EG",
    "ES", "FI", "FR", "GB", "GR", "HK", "HR", "HU", "ID", "IE", "IL", "IN", "IT", "JP", "KE", "KR",
    "LT", "LU", "LV", "MA", "MX", "MY", "NG", "NL", "NO", "NZ", "PE", "PH", "PL", "PT", "RO", "SA",
    "SE", "SG", "SI", "SK", "TH", "TR", "TW", "UA", "US", "VN", "ZA",
)  # fmt: skip


def place(country: str) -> Json:
    return {
        "name": country,
        "country_code": country,
        "location_type": "COUNTRIES",
        "targeting_type": "LOCATION",
        "targeting_value": sha256(f"place {country}".encode()).hexdigest()[:16],
    }


def list_places(visit: Visit) -> Answer:
    visit.params.choice("location_type", ("COUNTRIES",))
    country = visit.params.text("country_code")
    return list_views(visit, [place(each) for each in COUNTRIES if country in (None, each)], filters={})


def criteria_of(line_item: AdObject) -> list[Json]:
    return list(line_item.attributes.get("targeting_criteria", ()))


def listed(visit: Visit) -> Answer:
    wanted = visit.params.listed("line_item_ids")
    if not wanted:
        raise missing_parameter("line_item_ids")
    items = [LINE_ITEMS.find(visit, line_item_id) for line_item_id in wanted]
    return list_views(visit, [each for item in items for each in criteria_of(item)], filters={})


def create(visit: Visit) -> Answer:
    line_item = LINE_ITEMS.find(visit, visit.params.required("line_item_id"))
    kind, value = visit.params.required("targeting_type"), visit.params.required("targeting_value")
    if kind == "LOCATION" and value not in {place(each)["targeting_value"] for each in COUNTRIES}:
        raise ApiError(400, "INVALID_PARAMETER", f"{value} is not a place", parameter="targeting_value", value=value)
    present = criteria_of(line_item)
    for each in present:
        if (each["targeting_type"], each["targeting_value"]) == (kind, value) and not each["deleted"]:
            raise ApiError(400, "DUPLICATE_TARGETING_CRITERION", "this criterion is already there", value=value)
    now = views.instant(visit.world.now())
    made = {
        "id": views.base36(views.number_for("criterion", line_item.id, kind, value, str(len(present))) % 36**6),
        "line_item_id": line_item.id,
        "targeting_type": kind,
        "targeting_value": value,
        "operator_type": visit.params.choice("operator_type", ("EQ", "NE", "GTE", "LT")) or "EQ",
        "name": value,
        "localized_name": value,
        "created_at": now,
        "updated_at": now,
        "deleted": False,
    }
    keep(visit, line_item, [*present, made])
    return Answer(data=made, status=201)


def read(visit: Visit) -> Answer:
    _, found = find(visit)
    return Answer(data=found)


def delete(visit: Visit) -> Answer:
    line_item, found = find(visit)
    gone = {**found, "deleted": True, "updated_at": views.instant(visit.world.now())}
    keep(visit, line_item, [gone if each["id"] == found["id"] else each for each in criteria_of(line_item)])
    return Answer(data=gone)


def find(visit: Visit) -> tuple[AdObject, Json]:
    wanted = visit.path("object_id")
    for line_item in visit.world.objects(PARTY, visit.account.id, "ad_group"):
        for each in criteria_of(line_item):
            if each["id"] == wanted:
                return line_item, each
    raise not_found("TARGETING_CRITERION", wanted)


def keep(visit: Visit, line_item: AdObject, criteria: list[Any]) -> None:
    visit.world.update(PARTY, "ad_group", line_item.id, attributes={"targeting_criteria": criteria})
