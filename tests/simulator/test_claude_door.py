"""The scripted Claude over raw HTTP: which requests are refused, with which words, and that none makes it fail."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.claude.door import DOOR
from simulator.serving import Sim, serve
from simulator.world.scenario import META_US, TINY

SMALL = replace(TINY, accounts=(META_US,), history_days=3, people=1_000)
NEW, OLD = "2026-10-21", "2023-06-01"
OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-5-5"
HELLO = [{"role": "user", "content": "Hello"}]
TOOL = {"name": "find", "input_schema": {"type": "object"}}
CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "find", "input": {}}]}


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, specs=[DOOR]) as running:
        yield running


@pytest.fixture
def claude(sim: Sim) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {sim.keys.claude_api_key}", "anthropic-version": NEW}
    with httpx.Client(base_url=sim.base_url, headers=headers) as client:
        yield client
    httpx.delete(f"{sim.base_url}/sim/claude/script")


def asked(**more: Any) -> dict[str, Any]:
    return {"model": HAIKU, "max_tokens": 100, "messages": HELLO, **more}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    said = answer.json()
    assert said["type"] == "error"
    assert said["request_id"] == answer.headers["request-id"]
    return answer.status_code, said["error"]["type"]


# Versions and keys.


@pytest.mark.parametrize("name", ["authorization", "x-api-key"])
def test_a_key_is_taken_in_either_header(sim: Sim, name: str) -> None:
    key = f"Bearer {sim.keys.claude_api_key}" if name == "authorization" else sim.keys.claude_api_key
    answer = httpx.post(
        f"{sim.base_url}/v1/messages", json=asked(), headers={name: key, "anthropic-version": NEW}
    ).raise_for_status()
    assert answer.headers["request-id"].startswith("req_")


def test_no_key_and_a_wrong_one_are_refused(sim: Sim) -> None:
    for headers in ({}, {"x-api-key": "sk-wrong"}, {"authorization": "Basic x"}):
        answer = httpx.post(f"{sim.base_url}/v1/messages", json=asked(), headers={"anthropic-version": NEW, **headers})
        assert refusal(answer) == (401, "authentication_error")


def test_a_version_is_needed_and_known(sim: Sim, claude: httpx.Client) -> None:
    assert refusal(claude.post("/v1/messages", json=asked(), headers={"anthropic-version": "2020-01-01"}))[0] == 400
    unversioned = httpx.post(
        f"{sim.base_url}/v1/messages", json=asked(), headers={"x-api-key": sim.keys.claude_api_key}
    )
    assert refusal(unversioned) == (400, "invalid_request_error")


@pytest.mark.parametrize("sampling", [{"temperature": 1.0}, {"top_p": 1.0}, {"top_k": 5}])
def test_sampling_is_refused_by_the_new_version_even_at_its_defaults(
    claude: httpx.Client, sampling: dict[str, Any]
) -> None:
    assert refusal(claude.post("/v1/messages", json=asked(**sampling))) == (400, "invalid_request_error")
    old = claude.post("/v1/messages", json=asked(**sampling), headers={"anthropic-version": OLD})
    assert old.status_code == 200


def test_documents_of_the_assistant_and_citations_of_the_user_are_refused_by_the_new_version(
    claude: httpx.Client,
) -> None:
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
    talk = [*HELLO, {"role": "assistant", "content": [document]}, *HELLO]
    cited = [{"role": "user", "content": [{"type": "text", "text": "x", "citations": [{"type": "x"}]}]}]
    for messages in (talk, cited):
        assert refusal(claude.post("/v1/messages", json=asked(messages=messages)))[0] == 400
        old = claude.post("/v1/messages", json=asked(messages=messages), headers={"anthropic-version": OLD})
        assert old.status_code == 200


def test_some_models_refuse_to_go_on_where_the_assistant_left_off(claude: httpx.Client) -> None:
    prefilled = [*HELLO, {"role": "assistant", "content": "{"}]
    assert refusal(claude.post("/v1/messages", json=asked(model=OPUS, messages=prefilled)))[0] == 400
    assert claude.post("/v1/messages", json=asked(messages=prefilled)).status_code == 200


# What is wrong is refused by name.


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"model": None}, "model"),
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "10"}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content.0"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "messages.0.content.0"),
        ({"messages": [{"role": "user", "content": [{"type": "sound"}]}]}, "messages.0.content.0"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "first message"),
        ({"messages": [*HELLO, CALL, *HELLO]}, "tool_use"),
        ({"messages": [{"role": "user", "content": CALL["content"]}]}, "messages.0.content.0"),
        ({"system": 7}, "system"),
        ({"system": [{"type": "image"}]}, "system.0"),
        ({"tools": "find"}, "tools"),
        ({"tools": [{"name": "no spaces", "input_schema": {"type": "object"}}]}, "tools.0.name"),
        ({"tools": [{"name": "find", "input_schema": {"type": "string"}}]}, "tools.0.custom.input_schema"),
        ({"tools": [{"name": "find", "input_schema": {"type": "object", "properties": []}}]}, "input_schema"),
        ({"tools": [TOOL, TOOL]}, "unique"),
        ({"tool_choice": {"type": "any"}}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "lose"}}, "tool_choice.name"),
        ({"stop_sequences": [" "]}, "stop_sequences"),
        ({"output_config": {"effort": "extreme"}}, "output_config.effort"),
        ({"output_config": {"format": {"type": "json"}}}, "output_config.format"),
        ({"stream": "yes"}, "stream"),
        ({"temperatur": 1}, "temperatur"),
    ],
)
def test_a_wrong_request_is_refused_by_name(claude: httpx.Client, wrong: dict[str, Any], named: str) -> None:
    answer = claude.post("/v1/messages", json=asked(**wrong))
    assert refusal(answer) == (400, "invalid_request_error")
    assert named in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "object", "properties": {}}, "additionalProperties"),
        ({"type": "integer", "minimum": 1}, "minimum"),
        ({"type": "object", "properties": {"a": {"type": "object"}}, "additionalProperties": False}, "properties.a"),
        ({"type": "array", "items": {"type": "string", "maxLength": 3}}, "maxLength"),
        ({"$ref": "#/$defs/nothing"}, "$defs"),
        (
            {
                "type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"],
                "additionalProperties": False,
            },
            "schema",
        ),
    ],
)  # fmt: skip
def test_a_schema_that_structured_output_cannot_keep_is_refused(
    claude: httpx.Client, schema: dict[str, Any], named: str
) -> None:
    answer = claude.post(
        "/v1/messages", json=asked(output_config={"format": {"type": "json_schema", "schema": schema}})
    )
    assert refusal(answer) == (400, "invalid_request_error")
    assert named in answer.json()["error"]["message"]


def test_a_property_may_be_called_like_a_word_of_the_schema_language(claude: httpx.Client) -> None:
    schema = {
        "type": "object", "properties": {"minimum": {"type": "integer"}}, "required": ["minimum"],
        "additionalProperties": False,
    }  # fmt: skip
    form = {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    answer = claude.post("/v1/messages", json=asked(**form, messages=[{"role": "user", "content": "at least 12"}]))
    assert json.loads(answer.json()["content"][0]["text"]) == {"minimum": 12}


def test_an_unknown_model_is_not_found(claude: httpx.Client) -> None:
    assert refusal(claude.post("/v1/messages", json=asked(model="gpt"))) == (404, "not_found_error")


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000, b'{"model": NaN}'])
def test_a_body_that_is_no_object_is_refused(claude: httpx.Client, body: bytes) -> None:
    assert refusal(claude.post("/v1/messages", content=body))[0] == 400


def test_a_body_over_the_limit_is_too_large(claude: httpx.Client) -> None:
    assert refusal(claude.post("/v1/messages", content=b" " * (32 * 2**20 + 1))) == (413, "request_too_large")


# The script.


@pytest.mark.parametrize(
    "rule", [{"say": "x"}, {"says": "("}, {"stop_reason": "bored"}, {"trouble": {"code": "x"}}, "x", {"trouble": 5}]
)
def test_a_rule_that_makes_no_sense_is_refused(sim: Sim, rule: Any) -> None:
    answer = httpx.put(f"{sim.base_url}/sim/claude/script", json={"rules": [rule]})
    assert answer.status_code == 400
    assert httpx.get(f"{sim.base_url}/sim/claude/script").json() == {"rules": []}


def test_the_first_rule_that_fits_answers_as_often_as_it_may(sim: Sim, claude: httpx.Client) -> None:
    rules = [
        {"model": "opus", "text": "the large one"},
        {"system": "pirate", "text": "arr"},
        {"text": "once", "times": 1},
        {"text": "always"},
    ]
    httpx.put(f"{sim.base_url}/sim/claude/script", json={"rules": rules}).raise_for_status()
    told = [{}, {}, {"system": "You are a pirate."}, {"model": OPUS}, {}]
    answers = [claude.post("/v1/messages", json=asked(**more)).json()["content"][0]["text"] for more in told]
    assert answers == ["once", "always", "arr", "the large one", "always"]
    answered = [rule["answered"] for rule in httpx.get(f"{sim.base_url}/sim/claude/script").json()["rules"]]
    assert answered == [1, 1, 1, 2]
    seen = httpx.get(f"{sim.base_url}/sim/claude/requests").json()["requests"]
    assert [each.get("system") for each in seen[-3:]] == ["You are a pirate.", None, None]


def test_the_same_requests_in_the_same_order_get_the_same_bytes() -> None:
    told = []
    for _ in range(2):
        with serve(scenario=SMALL, seed=3, specs=[DOOR]) as sim:
            headers = {"x-api-key": sim.keys.claude_api_key, "anthropic-version": NEW}
            with httpx.Client(base_url=sim.base_url, headers=headers) as client:
                told.append([client.post("/v1/messages", json=asked(stream=flag)).content for flag in (False, True)])
    assert told[0] == told[1]


# Whatever is asked, it answers.

LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
JSON = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "name", "id", "input_schema", "role", "content"]), inner)
    ),
    max_leaves=8,
)
SCHEMA_WORDS = ("type", "properties", "items", "required", "enum", "anyOf", "$ref", "minItems", "default", "minimum")
SCHEMAS = st.recursive(
    LEAF | st.sampled_from(["object", "array", "integer", "#"]),
    lambda inner: st.dictionaries(st.sampled_from(SCHEMA_WORDS), inner, max_size=4) | st.lists(inner, max_size=2),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    more=st.dictionaries(
        st.sampled_from(["messages", "system", "tools", "tool_choice", "output_config", "stop_sequences", "stream"]),
        JSON,
        max_size=3,
    )
)
def test_no_request_makes_it_fail(claude: httpx.Client, more: dict[str, Any]) -> None:
    assert claude.post("/v1/messages", json=asked(**more)).status_code in (200, 400, 404)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schema=SCHEMAS, numbers=st.text(alphabet="0123456789.- ", max_size=40))
def test_no_schema_makes_it_fail(claude: httpx.Client, schema: Any, numbers: str) -> None:
    words = [{"role": "user", "content": f"find {numbers}"}]
    tool = {"name": "find", "input_schema": {"type": "object", "properties": {"a": schema}, "required": ["a"]}}
    form = {"format": {"type": "json_schema", "schema": schema}}
    for more in ({"tools": [tool]}, {"output_config": form}):
        assert claude.post("/v1/messages", json=asked(messages=words, **more)).status_code in (200, 400)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=JSON)
def test_no_batch_makes_it_fail(claude: httpx.Client, requests: Any) -> None:
    answer = claude.post("/v1/messages/batches", json={"requests": requests})
    assert answer.status_code == 400
