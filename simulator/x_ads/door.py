"""X's door: which paths are X's, what answers them, and how X says "slow down" or "no such route".

`DOOR` is the door as X has it; `door_spec` makes one with tighter quotas, slower jobs or a lower limit on questions.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from simulator.doors import DoorSpec
from simulator.world.model import Door
from simulator.x_ads import audiences, listing, promoted, targeting, views
from simulator.x_ads.campaigns import CAMPAIGNS
from simulator.x_ads.envelope import VERSIONS, ApiError, error_response, route_not_found
from simulator.x_ads.gate import PARTY, Answer, Gate, Handler, Settings, Visit
from simulator.x_ads.jobs import FILES, Jobs
from simulator.x_ads.line_items import LINE_ITEMS
from simulator.x_ads.objects import handlers
from simulator.x_ads.quotas import too_many_requests
from simulator.x_ads.stats import active_entities, sync_handler

Line = tuple[str, str, Handler, str]  # method, path below the version, handler, quota

JOBS_PATH = "/stats/jobs/accounts/"
PREFIXES = (*(f"/{version}/" for version in VERSIONS), f"{FILES}/")


def read_account(visit: Visit) -> Answer:
    return Answer(data=views.account(visit.account))


def lines(settings: Settings, jobs: Jobs) -> list[Line]:
    table: list[Line] = [
        ("GET", "/accounts", listing.list_accounts, "read"),
        ("GET", "/accounts/{account_id}", read_account, "core_read"),
        ("GET", "/targeting_criteria/locations", targeting.list_places, "global_read"),
        ("GET", "/stats/accounts/{account_id}", sync_handler(settings.most_complex), "sync_stats"),
        ("GET", "/stats/accounts/{account_id}/active_entities", active_entities, "read"),
        ("GET", "/stats/jobs/accounts/{account_id}", jobs.status, "read"),
        ("POST", "/stats/jobs/accounts/{account_id}", jobs.create, "read"),
    ]
    below: list[Line] = [
        ("GET", "/funding_instruments", promoted.list_funding, "core_read"),
        ("GET", "/funding_instruments/{object_id}", promoted.read_funding, "core_read"),
        ("GET", "/promotable_users", promoted.list_promotable_users, "read"),
        ("GET", "/promoted_tweets", promoted.list_promoted, "core_read"),
        ("POST", "/promoted_tweets", promoted.promote, "write"),
        ("GET", "/promoted_tweets/{object_id}", promoted.read_promoted, "core_read"),
        ("DELETE", "/promoted_tweets/{object_id}", promoted.unpromote, "write"),
        ("GET", "/tweets", promoted.list_tweets, "read"),
        ("POST", "/tweet", promoted.create_tweet, "write"),
        ("GET", "/targeting_criteria", targeting.listed, "targeting"),
        ("POST", "/targeting_criteria", targeting.create, "write"),
        ("GET", "/targeting_criteria/{object_id}", targeting.read, "targeting"),
        ("DELETE", "/targeting_criteria/{object_id}", targeting.delete, "write"),
        ("GET", "/custom_audiences", audiences.listed, "read"),
        ("POST", "/custom_audiences", audiences.create, "write"),
        ("GET", "/custom_audiences/{object_id}", audiences.read, "read"),
        ("DELETE", "/custom_audiences/{object_id}", audiences.delete, "write"),
        ("POST", "/custom_audiences/{object_id}/users", audiences.change_users, "audience"),
    ]
    for path, kind in (("/campaigns", CAMPAIGNS), ("/line_items", LINE_ITEMS)):
        verbs = handlers(kind)
        below += [
            ("GET", path, verbs["list"], "core_read"),
            ("POST", path, verbs["create"], "write"),
            ("GET", f"{path}/{{object_id}}", verbs["read"], "core_read"),
            ("PUT", f"{path}/{{object_id}}", verbs["update"], "write"),
            ("DELETE", f"{path}/{{object_id}}", verbs["delete"], "write"),
        ]
        table.append(("POST", f"/batch/accounts/{{account_id}}{path}", verbs["batch"], "write"))
    return table + [(method, f"/accounts/{{account_id}}{path}", does, quota) for method, path, does, quota in below]


def routes_with(settings: Settings) -> Callable[[Door], Sequence[BaseRoute]]:
    def routes(door: Door) -> Sequence[BaseRoute]:
        gate, jobs = Gate(door, settings), Jobs(door, settings)
        table = [
            Route(f"/{version}{path}", gate.endpoint(handler, quota=quota), methods=[method])
            for version in VERSIONS
            for method, path, handler, quota in lines(settings, jobs)
        ]
        everything = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        lost = [Route(f"{prefix}{{rest:path}}", no_such_route, methods=everything) for prefix in PREFIXES]
        return [*table, Route(f"{FILES}/{{file}}.json.gz", jobs.download, methods=["GET"]), *lost]

    return routes


async def no_such_route(request: Request) -> Response:
    """Reached for unknown paths and for known ones with a method X does not have there."""
    return route_not_found()


def owns(path: str) -> bool:
    return path.startswith(PREFIXES)


def is_write(request: Request) -> bool:
    return request.method != "GET" and JOBS_PATH not in request.url.path


def rate_limited(request: Request) -> Response:
    """Both header families, with a reset just ahead of the wall clock, as the real quota windows have."""
    reset = str(int(datetime.now(UTC).timestamp()) + 2)
    families = ("x-account-rate-limit", "x-rate-limit")
    headers = {f"{family}-{name}": value for family in families for name, value in named_limits(reset)}
    error: ApiError = too_many_requests(headers)
    return error_response(error, {})


def named_limits(reset: str) -> list[tuple[str, str]]:
    return [("limit", "250"), ("remaining", "0"), ("reset", reset)]


def door_spec(settings: Settings | None = None) -> DoorSpec:
    return DoorSpec(
        party=PARTY,
        owns=owns,
        routes=routes_with(settings or Settings()),
        rate_limited=rate_limited,
        is_write=is_write,
    )


DOOR = door_spec()
