"""The Graph itself: which node or edge a request means, whether its token may, and who answers it.

Starlette knows this door through `simulator.meta_ads.door`; nothing here knows of Starlette.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from simulator.meta_ads import money
from simulator.meta_ads.access import PARTY, Access
from simulator.meta_ads.audiences import Audiences
from simulator.meta_ads.errors import GraphError, invalid, too_much_data, unknown_object, unknown_path
from simulator.meta_ads.habits import Habits
from simulator.meta_ads.insights import Scope, answer
from simulator.meta_ads.lists import page, visible
from simulator.meta_ads.nodes import account_node, chosen, object_node, today
from simulator.meta_ads.question import InsightsLevel, Question, read_question
from simulator.meta_ads.report_runs import ReportRuns
from simulator.meta_ads.request import GraphRequest, pairs, split_path
from simulator.meta_ads.statuses import effective_status
from simulator.meta_ads.subscriptions import Subscriptions
from simulator.meta_ads.throttle import Throttle
from simulator.meta_ads.writes import CREATES, change
from simulator.world.model import AdAccount, AdObject, Door, Level

_EDGES: Mapping[str, Level] = {
    "campaigns": "campaign",
    "adsets": "ad_group",
    "ads": "ad",
    "adcreatives": "creative",
    "customaudiences": "audience",
}
_NODE_LEVELS: Mapping[Level, InsightsLevel] = {"campaign": "campaign", "ad_group": "adset", "ad": "ad"}
_KEPT_ANSWERS = 8  # of synchronous reports, so that their later pages are not worked out again


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int = 200
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Graph:
    def __init__(self, door: Door, habits: Habits) -> None:
        self._door = door
        self._world = door.world
        self._habits = habits
        self._throttle = Throttle(habits, door.wall_clock)
        self._runs = ReportRuns(door.world, habits)
        self._answers: OrderedDict[tuple[Any, ...], list[dict[str, Any]]] = OrderedDict()
        self.audiences = Audiences(door.world, habits)
        self.subscriptions = Subscriptions(door)

    def handle(self, request: GraphRequest) -> Answer:
        """The answer to one request or batch; refusals included, in the platform's envelope."""
        seen: list[str] = []
        try:
            status, body = 200, self._dispatch(request, seen)
        except GraphError as error:
            status, body = error.http, error.body()
        insights = bool(request.path) and request.path[-1] == "insights"
        headers = self._throttle.headers(seen[0] if seen else None, insights=insights)
        return Answer(status=status, body=body, headers=headers | {"facebook-api-version": request.version})

    def _dispatch(self, request: GraphRequest, seen: list[str]) -> Any:
        if not request.path:
            return self._batch(request)
        access = Access(self._door, request)
        first, *rest = request.path
        if len(rest) > 1:
            raise unknown_path("/".join(request.path))
        edge = rest[0] if rest else ""
        if first == "me":
            return self._me(access, request, edge)
        if first.startswith("act_"):
            account = access.account(first.removeprefix("act_"), method=request.method)
            seen.append(account.id)
            return self._account(account, request, edge)
        return self._node(access, request, first, edge, seen)

    def _batch(self, request: GraphRequest) -> list[dict[str, Any] | None]:
        items = request.items("batch")
        if request.method != "POST" or not items:
            raise invalid("Batch requests need a POST with the parameter batch", "batch")
        if len(items) > self._habits.largest_batch:
            raise invalid(f"Too many requests in batch message. Maximum batch size is {self._habits.largest_batch}")
        answers = [self.handle(_item(request, item)) for item in items]
        named = request.text("include_headers") in (None, "true", "1")
        return [
            {
                "code": one.status,
                **({"headers": [{"name": k, "value": v} for k, v in one.headers.items()]} if named else {}),
                "body": json.dumps(one.body, separators=(",", ":")),
            }
            for one in answers
        ]

    def _me(self, access: Access, request: GraphRequest, edge: str) -> Any:
        _only(request, "GET")
        if edge == "":
            return {"id": f"1000{self._world.seed:011d}", "name": "Practice system user"}
        if edge != "adaccounts":
            raise unknown_path(f"me/{edge}")
        return page(
            access.accounts(),
            request,
            key=lambda place, account: account.id,
            render=lambda account: chosen(account_node(self._world, account), request.fields or ["account_id"]),
            base_url=self._door.base_url(),
            habits=self._habits,
            with_total=True,
        )

    def _account(self, account: AdAccount, request: GraphRequest, edge: str) -> Any:
        if edge == "insights":
            return self._insights(Scope(account, "account", account.id), request)
        if edge in CREATES and request.method == "POST":
            make = CREATES[edge](self._world, account, request)
            return {"success": True} if request.validate_only else {"id": make().id}
        if edge == "subscribed_apps" and request.method == "POST":
            return self.subscriptions.subscribe_account(account, request)
        _only(request, "GET")
        if edge == "":
            return chosen(account_node(self._world, account), request.fields or ["account_id"])
        if edge == "minimum_budgets":
            return {"data": [money.minimum_budgets(account.currency)]}
        if edge not in _EDGES:
            raise unknown_path(f"act_{account.id}/{edge}")
        return self._list(account, self._world.objects(PARTY, account.id, _EDGES[edge]), request)

    def _node(self, access: Access, request: GraphRequest, object_id: str, edge: str, seen: list[str]) -> Any:
        owner = self._runs.account_of(object_id)
        if owner is not None:
            account = access.account(owner)
            seen.append(account.id)
            return self._report_run(object_id, request, edge)
        thing = self._find(object_id, request.method)
        account = access.account(thing.account_id, method=request.method)
        seen.append(account.id)
        if edge == "":
            return self._object(account, thing, request)
        if edge == "insights" and thing.level in _NODE_LEVELS:
            return self._insights(Scope(account, _NODE_LEVELS[thing.level], thing.id), request)
        if thing.level == "audience" and edge in ("users", "usersreplace") and request.method in ("POST", "DELETE"):
            return self.audiences.receive(thing, request, edge=edge)
        _only(request, "GET")
        children = self._children(thing, edge)
        if children is None:
            raise unknown_path(f"{object_id}/{edge}")
        return self._list(account, children, request)

    def _object(self, account: AdAccount, thing: AdObject, request: GraphRequest) -> Any:
        if request.method == "GET":
            return chosen(object_node(self._world, account, thing), request.fields)
        if request.method == "DELETE":
            make = partial(self._world.update, PARTY, thing.level, thing.id, status="deleted")
        else:
            make = change(self._world, account, thing, request)
        if not request.validate_only:
            before = effective_status(self._world, thing)
            after = effective_status(self._world, make())
            if after != before and thing.level in _NODE_LEVELS:
                told = {"id": thing.id, "level": _NODE_LEVELS[thing.level], "effective_status": after}
                self.subscriptions.tell(account, "effective_status", told)
        return {"success": True}

    def _report_run(self, run_id: str, request: GraphRequest, edge: str) -> Any:
        _only(request, "GET")
        if edge == "":
            state = self._runs.poll(run_id)
            return chosen(state, request.fields or list(state))
        if edge != "insights":
            raise unknown_path(f"{run_id}/{edge}")
        return self._rows_page(self._runs.rows(run_id), request, fields=len(self._runs.question(run_id).fields))

    def _insights(self, scope: Scope, request: GraphRequest) -> Any:
        question = read_question(request, own_level=scope.level, today=today(self._world, scope.account))
        if request.method == "POST":
            return {"report_run_id": self._runs.start(scope, question)}
        _only(request, "GET")
        rows = self._answer(scope, question)
        if len(rows) > self._habits.sync_rows:
            raise too_much_data()
        return self._rows_page(rows, request, fields=len(question.fields))

    def _answer(self, scope: Scope, question: Question) -> list[dict[str, Any]]:
        key = (scope.account.id, scope.id, repr(question), self._world.now())
        if key not in self._answers:
            self._answers[key] = answer(self._world, scope, question)
            while len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)
        return self._answers[key]

    def _rows_page(self, rows: Sequence[dict[str, Any]], request: GraphRequest, *, fields: int) -> Any:
        return page(
            rows,
            request,
            key=lambda place, row: str(place),
            render=lambda row: row,
            base_url=self._door.base_url(),
            habits=self._habits,
            with_total=False,
            width=fields,
        )

    def _list(self, account: AdAccount, things: Sequence[AdObject], request: GraphRequest) -> Any:
        return page(
            visible(self._world, things, request),
            request,
            key=lambda place, thing: thing.id,
            render=lambda thing: chosen(object_node(self._world, account, thing), request.fields),
            base_url=self._door.base_url(),
            habits=self._habits,
            with_total=True,
        )

    def _find(self, object_id: str, method: str) -> AdObject:
        for level in _EDGES.values():
            found = self._world.find(PARTY, level, object_id)
            if found is not None:
                return found
        raise unknown_object(object_id, method)

    def _children(self, thing: AdObject, edge: str) -> list[AdObject] | None:
        groups = self._world.objects(PARTY, thing.account_id, "ad_group")
        ads = self._world.objects(PARTY, thing.account_id, "ad")
        match thing.level, edge:
            case "campaign", "adsets":
                return [group for group in groups if group.parent_id == thing.id]
            case "campaign", "ads":
                below = {group.id for group in groups if group.parent_id == thing.id}
                return [ad for ad in ads if ad.parent_id in below]
            case "ad_group", "ads":
                return [ad for ad in ads if ad.parent_id == thing.id]
            case "ad", "adcreatives":
                found = self._world.find(PARTY, "creative", str(thing.attributes.get("creative_id")))
                return [found] if found else []
        return None


def _only(request: GraphRequest, method: str) -> None:
    if request.method != method:
        raise unknown_object("/".join(request.path), request.method)


def _item(batch: GraphRequest, item: Any) -> GraphRequest:
    """One request of a batch: it inherits the batch's token and version unless it brings its own."""
    if not isinstance(item, dict) or "relative_url" not in item:
        raise invalid("Every item of a batch needs a method and a relative_url", "batch")
    path, _, query = str(item["relative_url"]).partition("?")
    version, parts = split_path(path)
    inherited = {name: batch.params[name] for name in ("access_token", "appsecret_proof") if name in batch.params}
    own = pairs(query) | pairs(str(item.get("body") or ""))
    if "access_token" in own:
        inherited.pop("appsecret_proof", None)
    if not parts:
        raise invalid("A batch cannot hold another batch", "batch")
    return GraphRequest(
        method=str(item.get("method", "GET")).upper(),
        version=version or batch.version,
        path=parts,
        params=inherited | own,
        bearer=batch.bearer,
    )
