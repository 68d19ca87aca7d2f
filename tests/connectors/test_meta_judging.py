"""Every class of answer the Graph API gives, and what it means here; usage headers; page links."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.meta_ads.client import appsecret_proof
from connectors.meta_ads.judging import RULES, judge
from connectors.meta_ads.usage import UsageWatch, regain_seconds
from connectors.taxonomy import (
    AuthExpired,
    NotFound,
    PartyError,
    PermissionDenied,
    RateLimited,
    Rejected,
    SplitRequest,
    TransientError,
)
from connectors.transport import Call, Reply


def reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        party="meta_ads",
        account_id="123",
        call=Call(method="GET", path="v26.0/act_123/insights"),
        status=status,
        headers=httpx.Headers(headers or {}),
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        received_at=datetime(2026, 11, 1, tzinfo=UTC),
        redact=lambda text: text,
    )


def refusal(code: int, subcode: int | None = None, message: str = "m", **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode, **more}}


LESS = "Please reduce the amount of data you're asking for, then retry your request"

# Contract 1.6, line by line.
TABLE: list[tuple[int, dict[str, Any], type[PartyError]]] = [
    *((400, refusal(code), RateLimited) for code in (4, 32, 613)),
    (400, refusal(17, 2446079, is_transient=True), RateLimited),
    (403, refusal(17, 2446079), RateLimited),
    *((400, refusal(80000 + n), RateLimited) for n in (0, 1, 2, 3, 4, 5, 6, 8, 9, 14)),
    (500, refusal(1, 99), TransientError),
    (400, refusal(1), TransientError),
    (500, refusal(2), TransientError),
    (400, refusal(960), TransientError),
    (400, refusal(2601, is_transient=True), TransientError),
    (400, refusal(100, message="Cannot include spend in summary param"), TransientError),
    (500, refusal(100), Rejected),
    (503, refusal(77777), TransientError),
    (500, refusal(1, 99, LESS), SplitRequest),
    (400, refusal(100, None, LESS), SplitRequest),
    *((400, refusal(190, subcode), AuthExpired) for subcode in (463, 460, 458, 467)),
    (401, refusal(190), AuthExpired),
    (400, refusal(102), AuthExpired),
    (400, refusal(100, message="Invalid appsecret_proof provided in the API argument"), AuthExpired),
    *((403, refusal(code), PermissionDenied) for code in (10, 200, 270, 299)),
    (400, refusal(100, message="(#100) Missing permissions"), PermissionDenied),
    (400, refusal(100, 33), NotFound),
    (400, refusal(100, 33, "… cannot be loaded due to missing permissions …"), NotFound),
    (400, refusal(803), NotFound),
    (400, refusal(100, 1885272), Rejected),
    (400, refusal(3018), Rejected),
    (400, refusal(99999), Rejected),
    (404, refusal(99999), NotFound),
    (401, refusal(99999), AuthExpired),
    (403, refusal(99999), PermissionDenied),
    (429, refusal(99999), RateLimited),
]


@pytest.mark.parametrize(("status", "body", "meaning"), TABLE)
def test_each_refusal_of_the_contract_has_its_class(
    status: int, body: dict[str, Any], meaning: type[PartyError]
) -> None:
    with pytest.raises(PartyError) as caught:
        judge(reply(status, body))
    assert type(caught.value) is meaning


def test_every_rule_of_the_table_decides_something() -> None:
    deciding = [next(rule for rule in RULES if rule.matches(body["error"])) for _, body, _ in TABLE
                if any(rule.matches(body["error"]) for rule in RULES)]  # fmt: skip
    assert [rule for rule in RULES if rule not in deciding] == []


@pytest.mark.parametrize(
    ("status", "body", "meaning", "words"),
    [
        (200, b"Service Unavailable", TransientError, "malformed"),
        (200, b"", TransientError, "an empty body"),
        (200, b'{"data": [{"id": "1"}, {"i', TransientError, "cut-off"),
        (200, b"<html>Sorry</html>", TransientError, "an HTML page"),
        (502, b"<html>Bad Gateway</html>", TransientError, "an HTML page"),
        (500, b"", TransientError, "an empty body"),
        (404, b"<html>Not here</html>", NotFound, "an HTML page"),
        (404, b"{}", NotFound, "without a description"),
        (400, b"[]", Rejected, "without a description"),
        (200, b'{"success": false}', Rejected, "success: false"),
        (200, b'{"error": {"code": 190, "message": "in a 200"}}', AuthExpired, "in a 200"),
    ],
)
def test_status_and_body_are_both_judged(status: int, body: bytes, meaning: type[PartyError], words: str) -> None:
    with pytest.raises(PartyError, match=words) as caught:
        judge(reply(status, body))
    assert type(caught.value) is meaning


@pytest.mark.parametrize("body", [{"data": []}, {"id": "1"}, {"success": True}, [{"code": 200, "body": "{}"}]])
def test_answers_are_handed_on_as_they_are(body: Any) -> None:
    assert judge(reply(200, body)) == body


def test_a_refusal_says_what_the_platform_said_and_blamed() -> None:
    body = refusal(
        100,
        1885272,
        "Invalid parameter",
        error_user_msg="Your budget is too low.",
        error_data={"blame_field_specs": [["daily_budget"]]},
    )
    with pytest.raises(
        Rejected, match=r"100/1885272\] Invalid parameter Your budget is too low\. It blames: daily_budget\."
    ):
        judge(reply(400, body))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x-business-use-case-usage": '{"123":[{"estimated_time_to_regain_access":7}]}'}, 420),
        ({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":2}],'
                                       '"123":[{"estimated_time_to_regain_access":5}]}'}, 300),
        ({"x-ad-account-usage": '{"acc_id_util_pct":100,"reset_time_duration":90}'}, 90),
        ({"x-business-use-case-usage": '{"123":[{"estimated_time_to_regain_access":0}]}'}, None),
        ({"x-business-use-case-usage": "not json"}, None),
        ({"x-ad-account-usage": "[1, 2]"}, None),
    ],
)  # fmt: skip
def test_how_long_to_stay_away_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    limited = reply(400, refusal(17, 2446079), headers)
    assert regain_seconds(limited) == seconds
    with pytest.raises(RateLimited) as caught:
        judge(limited)
    assert caught.value.wait_seconds == seconds


@pytest.mark.parametrize(
    ("headers", "percent", "rest"),
    [
        ({"x-app-usage": '{"call_count":12,"total_time":86,"total_cputime":3}'}, 86, 120),
        ({"x-fb-ads-insights-throttle": '{"app_id_util_pct":10.5,"acc_id_util_pct":97.2}'}, 97.2, 600),
        ({"x-ad-account-usage": '{"acc_id_util_pct":84.9}'}, 84.9, None),
        ({"x-business-use-case-usage": '{"123":[{"type":"ads_insights","call_count":95}]}'}, 95, 600),
        ({}, 0, None),
        ({"x-app-usage": '{"call_count":"unknown"}'}, 0, None),
    ],
)
def test_the_fullest_quota_decides_how_long_to_rest(
    headers: dict[str, str], percent: float, rest: float | None
) -> None:
    watch = UsageWatch()
    pause = watch(reply(200, {}, headers))
    assert watch.percent == percent
    assert (pause.seconds if pause else None) == rest


def test_the_published_proof_vector() -> None:
    expected = "921e418a9249475492c5c76dde886efe36a783a107dba8a6d3be70bd6c4e8426"  # contract 1.1
    assert appsecret_proof(app_secret="secret", token="TOK") == expected
