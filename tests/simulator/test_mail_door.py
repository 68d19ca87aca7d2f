"""The mail provider's HTTP door: what it takes, how it refuses, and that a repeated key sends one letter."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.serving import Sim, serve
from simulator.world.scenario import META_US, TINY

SMALL = replace(TINY, accounts=(META_US,), history_days=3, people=1_000)
LETTER = {
    "from": "Larkspur <hello@larkspur.example>",
    "to": ["somebody@elsewhere.example"],
    "subject": "Welcome",
    "text": "Read on: https://larkspur.example/a?utm_source=weir",
}


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, specs=[]) as running:
        yield running


@pytest.fixture
def mail(sim: Sim) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.base_url, headers={"authorization": f"Bearer {sim.keys.mail_api_key}"}) as client:
        yield client
    sim.faults.clear()
    sim.post_office.clear()
    sim.post_office.daily_quota = None


def error(answer: httpx.Response) -> tuple[int, str]:
    said = answer.json()
    assert set(said) == {"statusCode", "name", "message"}
    assert said["statusCode"] == answer.status_code
    return answer.status_code, said["name"]


def test_a_letter_goes_through_the_same_post_office_as_over_smtp(sim: Sim, mail: httpx.Client) -> None:
    told = LETTER | {
        "to": ["A <a@elsewhere.example>", "b@elsewhere.example"],
        "bcc": "c@elsewhere.example",
        "html": '<a href="https://larkspur.example/b">on</a>',
        "reply_to": "answers@larkspur.example",
        "headers": {"List-Unsubscribe": "<https://l.example/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        "tags": [{"name": "message_id", "value": "m1"}],
    }
    id_ = mail.post("/emails", json=told).raise_for_status().json()["id"]
    (letter,) = sim.post_office.letters
    assert (letter.id, letter.sender, letter.subject) == (id_, "hello@larkspur.example", "Welcome")
    assert letter.recipients == ("a@elsewhere.example", "b@elsewhere.example", "c@elsewhere.example")
    assert "c@elsewhere.example" not in letter.raw.decode()
    assert letter.tags == {"message_id": "m1"}
    assert letter.links == ("https://larkspur.example/a?utm_source=weir", "https://larkspur.example/b")
    assert letter.unsubscribe == "https://l.example/u"
    assert (letter.headers["Reply-To"], letter.headers["From"]) == ("answers@larkspur.example", LETTER["from"])
    shown = mail.get(f"/emails/{id_}").json()
    assert (shown["object"], shown["last_event"], shown["to"]) == ("email", "delivered", list(letter.recipients))


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"from": None}, 422),
        ({"from": "nobody"}, 422),
        ({"from": "a@b.example\r\nBcc: x@y.example"}, 422),
        ({"to": None}, 422),
        ({"to": []}, 422),
        ({"to": ["a@b.example"] * 51}, 422),
        ({"to": [7]}, 422),
        ({"subject": ""}, 422),
        ({"subject": "two\nlines"}, 422),
        ({"text": None}, 422),
        ({"html": 7}, 422),
        ({"headers": {"Bad Name": "x"}}, 422),
        ({"headers": {"Subject": "again"}}, 422),
        ({"headers": {"X": "a\r\nb"}}, 422),
        ({"tags": [{"name": "a b", "value": "x"}]}, 422),
        ({"tags": ["x"]}, 422),
        ({"template": "t"}, 422),
    ],
)
def test_a_letter_that_cannot_be_sent_is_refused(
    sim: Sim, mail: httpx.Client, wrong: dict[str, Any], status: int
) -> None:
    assert error(mail.post("/emails", json=LETTER | wrong)) == (status, "validation_error")
    assert sim.post_office.letters == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(mail: httpx.Client, body: bytes) -> None:
    assert error(mail.post("/emails", content=body)) == (400, "validation_error")


def test_only_the_accounts_key_sends(sim: Sim, mail: httpx.Client) -> None:
    assert error(httpx.post(f"{sim.base_url}/emails", json=LETTER)) == (401, "missing_api_key")
    assert error(mail.post("/emails", json=LETTER, headers={"authorization": "Bearer re_x"})) == (
        403,
        "invalid_api_key",
    )
    sim.faults.revoke("mail", "mail")
    assert error(mail.post("/emails", json=LETTER)) == (403, "invalid_api_key")


def test_the_same_key_and_letter_is_sent_once(sim: Sim, mail: httpx.Client) -> None:
    key = {"idempotency-key": "welcome/p0000001"}
    first = mail.post("/emails", json=LETTER, headers=key).json()
    assert mail.post("/emails", json=LETTER, headers=key).json() == first
    other = mail.post("/emails", json=LETTER | {"subject": "Other"}, headers=key)
    assert error(other) == (409, "invalid_idempotent_request")
    assert len(sim.post_office.letters) == 1
    httpx.put(f"{sim.base_url}/sim/faults", json={"clock_skew_seconds": 86_401}).raise_for_status()
    assert mail.post("/emails", json=LETTER, headers=key).json() != first  # keys are kept for a day


def test_a_lost_answer_does_not_send_twice(sim: Sim, mail: httpx.Client) -> None:
    sim.faults.switch_on("reset_after_write", count=1)
    key = {"idempotency-key": "lost"}
    with pytest.raises(httpx.TransportError):
        mail.post("/emails", json=LETTER, headers=key)
    assert mail.post("/emails", json=LETTER, headers=key).json() == {"id": sim.post_office.letters[0].id}
    assert len(sim.post_office.letters) == 1


@pytest.mark.parametrize("key", ["", "k" * 257])
def test_a_key_has_one_to_256_characters(mail: httpx.Client, key: str) -> None:
    refused = mail.post("/emails", json=LETTER, headers={"idempotency-key": key})
    assert error(refused) == (400, "invalid_idempotency_key")


def test_a_days_quota_ends_and_the_next_day_begins_anew(sim: Sim, mail: httpx.Client) -> None:
    httpx.put(f"{sim.base_url}/sim/mail/quota", json={"daily": 1}).raise_for_status()
    assert mail.post("/emails", json=LETTER).status_code == 200
    assert error(mail.post("/emails", json=LETTER)) == (429, "daily_quota_exceeded")
    sim.control.advance(days=1)
    assert mail.post("/emails", json=LETTER).status_code == 200
    assert httpx.put(f"{sim.base_url}/sim/mail/quota", json={"daily": "many"}).status_code == 400


def test_a_limit_is_worded_as_the_provider_words_it(sim: Sim, mail: httpx.Client) -> None:
    sim.faults.switch_on("rate_limited", party="mail", count=1)
    refused = mail.post("/emails", json=LETTER)
    assert (error(refused), refused.headers["retry-after"]) == ((429, "rate_limit_exceeded"), "1")


def test_what_was_never_sent_is_not_found(mail: httpx.Client) -> None:
    assert error(mail.get("/emails/none")) == (404, "not_found")


TEXT = st.text(max_size=12)
JSON = st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=2) | st.dictionaries(TEXT, TEXT)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.dictionaries(st.sampled_from([*LETTER, "html", "headers", "tags", "reply_to", "cc"]), JSON, max_size=3))
def test_no_letter_makes_the_door_fail(mail: httpx.Client, told: dict[str, Any]) -> None:
    answer = mail.post("/emails", content=json.dumps(LETTER | told).encode("utf-8", "surrogatepass"))
    assert answer.status_code in (200, 400, 422)
