"""Asynchronous reports: start a job, poll it to its end, hand over its rows.

A job that fails or is forgotten is started once more; then the question counts as too large and is given back to be
split. Waiting is done through the sleep that was handed in.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.ad_platform import Row
from connectors.meta_ads.client import MetaClient
from connectors.meta_ads.usage import NO_NEW_JOBS_AT
from connectors.taxonomy import NotFound, SplitRequest

RESULT_PAGE_SIZE = 500
_POLL_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # the last one goes on
_GIVE_UP_SECONDS = 3600.0
_GIVE_UP_AT_ZERO_SECONDS = 300.0
_POLLS_BEFORE_IT_EXISTS = 8  # a job may be unknown to the platform for a moment after it was made
_ATTEMPTS = 2


class JobFailed(Exception):
    """The job ended without a result, or was forgotten: why, in words."""


def report(client: MetaClient, question: Mapping[str, Any]) -> list[Row]:
    """All rows of one report; `SplitRequest` when the platform could not work it out twice."""
    reasons: list[str] = []
    for _ in range(_ATTEMPTS):
        wait_for_room(client)
        try:
            run_id = str(client.ask(f"{client.node}/insights", question)["report_run_id"])
            _await(client, run_id)
            return list(_read(client, run_id))
        except JobFailed as failure:
            reasons.append(str(failure))
    raise SplitRequest(client.said(f"report job of {client.node}", "; then ".join(reasons)))


def wait_for_room(client: MetaClient) -> None:
    """Starts nothing while the quota is nearly used up. The rest itself is taken by the transport before each call;
    when the run's waiting is used up, `RateLimited` rises and the work is deferred."""
    while client.usage.percent >= NO_NEW_JOBS_AT:
        client.get(f"{client.node}/insights", {"fields": ["account_id"], "date_preset": "today", "limit": 1})


def _await(client: MetaClient, run_id: str) -> None:
    slept, polls, exists = 0.0, 0, False
    while True:
        state = _poll(client, run_id)
        if state is None:
            if exists or polls >= _POLLS_BEFORE_IT_EXISTS:
                raise JobFailed("the job is unknown to the platform")
        else:
            exists = True
            status, percent = str(state.get("async_status")), int(state.get("async_percent_completion") or 0)
            if status == "Job Completed" and percent == 100:
                return
            if status in ("Job Failed", "Job Skipped"):
                raise JobFailed(f"{status}: {state.get('error_message') or 'no reason given'}")
            if slept >= _GIVE_UP_SECONDS or (percent == 0 and slept >= _GIVE_UP_AT_ZERO_SECONDS):
                raise JobFailed(f"still {status} at {percent} % after {slept:.0f} s")
        pause = _POLL_SECONDS[min(polls, len(_POLL_SECONDS) - 1)]
        client.sleep(pause)
        slept += pause
        polls += 1


def _poll(client: MetaClient, run_id: str) -> Mapping[str, Any] | None:
    try:
        return client.get(run_id)
    except NotFound:
        return None


def _read(client: MetaClient, run_id: str) -> Iterator[Row]:
    try:
        yield from client.pages(f"{run_id}/insights", {}, page_size=RESULT_PAGE_SIZE)
    except NotFound as error:
        raise JobFailed("the job was forgotten before its rows were read") from error
