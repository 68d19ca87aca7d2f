"""TikTok's door: the paths of the Business API v1.3, the envelope round every answer, and the quota of calls.

What each call means lives with its subject (`lists`, `reports`, `writes`, …); here they are only put together.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from simulator.doors import DoorSpec
from simulator.tiktok_ads import accounts, audiences, lists, media, reports, switches, writes
from simulator.tiktok_ads.call import Call, Limits, Memory
from simulator.tiktok_ads.envelope import Code, Outcome, Refusal, answer, refuse
from simulator.tiktok_ads.objects import PARTY
from simulator.tiktok_ads.parameters import Parameters
from simulator.world.model import Door

_PREFIX = "/open_api/v1.3/"
Handler = Callable[[Call], Outcome | Response]

_READS: dict[str, Handler] = {
    "oauth2/advertiser/get/": accounts.get_advertisers,
    "advertiser/info/": accounts.advertiser_info,
    "campaign/get/": lists.get_list(lists.CAMPAIGNS),
    "adgroup/get/": lists.get_list(lists.AD_GROUPS),
    "ad/get/": lists.get_list(lists.ADS),
    "file/video/ad/info/": media.video_info,
    "file/image/ad/info/": media.image_info,
    "report/integrated/get/": reports.get_report,
    "report/task/check/": reports.check_task,
    "report/task/download/": reports.download_task,
    "dmp/custom_audience/get/": audiences.get_audiences,
    "dmp/custom_audience/list/": audiences.list_audiences,
}
_QUESTIONS: dict[str, Handler] = {  # posted, yet they change nothing of the advertiser's
    "oauth2/access_token/": accounts.exchange_code,
    "report/task/create/": reports.create_task,
    "report/task/cancel/": reports.cancel_task,
}
_WRITES: dict[str, Handler] = {
    "campaign/create/": writes.create_campaign,
    "campaign/update/": writes.update_campaign,
    "campaign/status/update/": switches.set_status(switches.CAMPAIGNS),
    "adgroup/create/": writes.create_ad_group,
    "adgroup/update/": writes.update_ad_group,
    "adgroup/budget/update/": writes.update_ad_group_budgets,
    "adgroup/status/update/": switches.set_status(switches.AD_GROUPS),
    "ad/create/": writes.create_ads,
    "ad/update/": writes.update_ads,
    "ad/status/update/": switches.set_status(switches.ADS),
    "dmp/custom_audience/file/upload/": audiences.upload_file,
    "dmp/custom_audience/create/": audiences.create_audience,
    "dmp/custom_audience/update/": audiences.update_audience,
    "dmp/custom_audience/delete/": audiences.delete_audiences,
}


def routes(door: Door, *, limits: Limits | None = None) -> Sequence[BaseRoute]:
    memory, chosen = Memory(), limits or Limits()
    known = [("GET", _READS), ("POST", {**_QUESTIONS, **_WRITES})]
    calls = [
        Route(f"{_PREFIX}{path}", _endpoint(door, memory, chosen, handler), methods=[method])
        for method, handlers in known
        for path, handler in handlers.items()
    ]

    async def linked_file(request: Request) -> Response:
        return reports.linked_file(memory.tasks.get(request.path_params["task_id"]), door.wall_clock())

    async def nowhere(request: Request) -> Response:
        wrong_version = not request.url.path.startswith(_PREFIX)
        code = Code.WRONG_VERSION if wrong_version else Code.NO_SUCH_ROUTE
        message = "The API version is not supported." if wrong_version else "No such path, or not with this method."
        return refuse(_request_id(door, memory), Refusal(code, message))

    everything = Route("/open_api/{rest:path}", nowhere, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    return [*calls, Route("/open_api/files/{task_id}.csv", linked_file, methods=["GET"]), everything]


def _endpoint(door: Door, memory: Memory, limits: Limits, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        request_id = _request_id(door, memory)
        try:
            parameters, files = await _read(request)
            call = Call(
                door=door,
                memory=memory,
                limits=limits,
                token=request.headers.get("Access-Token", ""),
                parameters=parameters,
                files=files,
            )
            if handler is not accounts.exchange_code:
                call.allowed_accounts()
            _count(call)
            outcome = handler(call)
        except Refusal as refusal:
            return refuse(request_id, refusal)
        return outcome if isinstance(outcome, Response) else answer(request_id, outcome)

    return endpoint


async def _read(request: Request) -> tuple[Parameters, Mapping[str, bytes]]:
    if request.method == "GET":
        return Parameters(dict(request.query_params), encoded=True), {}
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            texts = {name: value for name, value in form.items() if isinstance(value, str)}
            files = {name: await value.read() for name, value in form.items() if isinstance(value, UploadFile)}
        return Parameters(texts, encoded=True), files
    try:
        body: Any = await request.json()
    except ValueError as error:
        raise Refusal(Code.INVALID, "The body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise Refusal(Code.INVALID, "The body must be a JSON object.")
    return Parameters(body, encoded=False), {}


def _count(call: Call) -> None:
    """Refuses an advertiser's calls above its quota; a refused call counts too, so hammering keeps the door shut."""
    most, advertiser = call.limits.calls_per_second, call.parameters.raw().get("advertiser_id")
    if most is None or not isinstance(advertiser, str):
        return
    now: datetime = call.door.wall_clock()
    recent = [each for each in call.memory.recent_calls.get(advertiser, []) if now - each < timedelta(seconds=1)]
    call.memory.recent_calls[advertiser] = [*recent, now]
    if len(recent) >= most:
        raise _over_quota(advertiser, len(recent) + 1, most)


def _over_quota(advertiser: str, calls: int, most: int) -> Refusal:
    return Refusal(Code.OVER_QPS, f"Advertiser ({advertiser})'s QPS ({calls}) reaches QPS limit {most}.")


def _request_id(door: Door, memory: Memory) -> str:
    return f"{door.world.now():%Y%m%d%H%M%S}{memory.next_number():018X}"


def _rate_limited(request: Request) -> Response:
    advertiser = request.query_params.get("advertiser_id")
    if advertiser:
        return refuse("20261101000000BUSY", _over_quota(advertiser, 21, 20))
    return refuse("20261101000000BUSY", Refusal(Code.TOO_FREQUENT, "Too many requests. Please retry in some time."))


def spec(*, limits: Limits | None = None) -> DoorSpec:
    return DoorSpec(
        party=PARTY,
        owns=lambda path: path.startswith("/open_api/"),
        routes=partial(routes, limits=limits),
        rate_limited=_rate_limited,
        is_write=lambda request: request.method == "POST" and request.url.path.removeprefix(_PREFIX) in _WRITES,
    )


DOOR = spec()
