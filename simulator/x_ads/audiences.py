"""Custom audiences: lists of people known by hashed identifiers, filled by JSON calls of bounded size."""

import re
from typing import Any

from simulator.world.model import AdObject
from simulator.x_ads import views
from simulator.x_ads.envelope import ApiError, invalid_parameter, missing_parameter, not_found
from simulator.x_ads.gate import PARTY, Answer, Visit
from simulator.x_ads.listing import list_objects

MOST_OPERATIONS = 2500
MOST_BYTES = 5_000_000
HASHED = re.compile(r"[0-9a-f]{64}")
IDENTIFIERS = ("email", "phone_number", "handle", "twitter_id", "device_id", "partner_user_id")


def find(visit: Visit) -> AdObject:
    audience_id = visit.path("object_id")
    found = visit.world.find(PARTY, "audience", audience_id)
    if found is None or found.account_id != visit.account.id:
        raise not_found("CUSTOM_AUDIENCE", audience_id)
    return found


def listed(visit: Visit) -> Answer:
    objects = visit.world.objects(PARTY, visit.account.id, "audience")
    return list_objects(visit, objects, views.custom_audience, filters={"custom_audience_ids": "id"})


def read(visit: Visit) -> Answer:
    return Answer(data=views.custom_audience(visit.account, find(visit)))


def create(visit: Visit) -> Answer:
    name = visit.params.required("name")
    made = visit.world.create(
        PARTY,
        visit.account.id,
        "audience",
        name=name,
        status="active",
        attributes={"description": visit.params.text("description"), "members": ()},
    )
    return Answer(data=views.custom_audience(visit.account, made), status=201)


def delete(visit: Visit) -> Answer:
    gone = visit.world.update(PARTY, "audience", find(visit).id, status="deleted")
    return Answer(data=views.custom_audience(visit.account, gone))


def change_users(visit: Visit) -> Answer:
    """People whose identifiers are not hashes are left out and missing from `success_count`; the rest are taken."""
    audience = find(visit)
    size = int(visit.request.headers.get("content-length") or 0)
    if size > MOST_BYTES:
        raise ApiError(400, "INVALID_PARAMETER", f"the body holds {size} bytes; at most {MOST_BYTES} are taken")
    operations = visit.body
    if not isinstance(operations, list) or not operations:
        raise invalid_parameter("body", "", "a JSON array of operations")
    if len(operations) > MOST_OPERATIONS:
        raise invalid_parameter("body", len(operations), f"at most {MOST_OPERATIONS} operations")
    checked = [read_operation(operation) for operation in operations]
    members = set(audience.attributes.get("members", ()))
    total = success = 0
    for is_added, users in checked:
        for user in users:
            keys = known_by(user)
            total += 1
            success += bool(keys)
            members.update(keys) if is_added else members.difference_update(keys)
    visit.world.update(PARTY, "audience", audience.id, attributes={"members": tuple(sorted(members))})
    return Answer(data={"success_count": success, "total_count": total}, echo=visit.request.path_params)


def read_operation(operation: Any) -> tuple[bool, list[Any]]:
    if not isinstance(operation, dict) or operation.get("operation_type") not in ("Update", "Delete"):
        raise invalid_parameter("operation_type", operation, "Update or Delete")
    users = operation.get("params", {}).get("users")
    if not isinstance(users, list) or not users:
        raise missing_parameter("users")
    return operation["operation_type"] == "Update", users


def known_by(user: Any) -> set[str]:
    if not isinstance(user, dict):
        return set()
    values = [(name, value) for name in IDENTIFIERS for value in user.get(name) or []]
    is_fine = bool(values) and all(name == "partner_user_id" or HASHED.fullmatch(str(value)) for name, value in values)
    return {f"{name}:{value}" for name, value in values} if is_fine else set()
