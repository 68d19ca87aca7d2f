"""Reading, creating, changing and deleting campaigns and line items one at a time, or forty in one batch."""

from collections.abc import Mapping
from typing import Any

from simulator.world.model import AdObject
from simulator.x_ads.envelope import ApiError, Json, invalid_parameter, missing_parameter
from simulator.x_ads.gate import PARTY, Answer, Handler, Visit
from simulator.x_ads.kinds import Change, Kind
from simulator.x_ads.listing import list_objects
from simulator.x_ads.params import Params

MOST_OPERATIONS = 40


def handlers(kind: Kind) -> Mapping[str, Handler]:
    """By what they do: list, read, create, update, delete, batch."""

    def show(visit: Visit, obj: AdObject) -> Json:
        return kind.view(visit.account, obj)

    def listed(visit: Visit) -> Answer:
        objects = visit.world.objects(PARTY, visit.account.id, kind.level)
        return list_objects(visit, objects, kind.view, filters=dict(kind.filters))

    def read(visit: Visit) -> Answer:
        return Answer(data=show(visit, kind.find(visit, visit.path("object_id"))))

    def create(visit: Visit) -> Answer:
        return Answer(data=show(visit, kind.plan_create(visit, visit.params)()), status=201)

    def update(visit: Visit) -> Answer:
        obj = kind.find(visit, visit.path("object_id"))
        return Answer(data=show(visit, kind.plan_update(visit, visit.params, obj)()))

    def delete(visit: Visit) -> Answer:
        return Answer(data=show(visit, plan_delete(visit, kind, kind.find(visit, visit.path("object_id")))()))

    def batch(visit: Visit) -> Answer:
        changes = plan_batch(visit, kind)
        return Answer(data=[show(visit, change()) for change in changes], status=201, echo=visit.body)

    return {"list": listed, "read": read, "create": create, "update": update, "delete": delete, "batch": batch}


def plan_delete(visit: Visit, kind: Kind, obj: AdObject) -> Change:
    return lambda: visit.world.update(PARTY, kind.level, obj.id, status="deleted")


def plan_batch(visit: Visit, kind: Kind) -> list[Change]:
    """Every operation's change, or one refusal that lists what is wrong with each and changes nothing."""
    operations = visit.body
    if not isinstance(operations, list) or not operations:
        raise invalid_parameter("body", "", "a JSON array of operations")
    if len(operations) > MOST_OPERATIONS:
        raise invalid_parameter("body", len(operations), f"at most {MOST_OPERATIONS} operations")
    changes: list[Change] = []
    problems: list[list[Json]] = []
    for operation in operations:
        try:
            changes.append(plan_operation(visit, kind, operation))
            problems.append([])
        except ApiError as error:
            problems.append(error.errors)
    if any(problems):
        refusal = ApiError(400, "INVALID_PARAMETER", "one or more operations are invalid; none was carried out")
        refusal.extra = {"operation_errors": problems}
        raise refusal
    return changes


def plan_operation(visit: Visit, kind: Kind, operation: Any) -> Change:
    if not isinstance(operation, dict) or not isinstance(operation.get("params"), dict):
        raise missing_parameter("params")
    params = Params.from_json(operation["params"])
    what = operation.get("operation_type")
    if what == "Create":
        return kind.plan_create(visit, params)
    if what not in ("Update", "Delete"):
        raise invalid_parameter("operation_type", what, "Create, Update or Delete")
    obj = kind.find(visit, params.required(kind.id_name))
    return kind.plan_update(visit, params, obj) if what == "Update" else plan_delete(visit, kind, obj)
