"""The official Anthropic SDK runs against the scripted Claude unchanged but for its base address."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import anthropic
import httpx
import pytest
from anthropic import Anthropic
from pydantic import BaseModel

from simulator.claude.door import DOOR
from simulator.serving import Sim, serve
from simulator.world.scenario import META_US, TINY

SMALL = replace(TINY, accounts=(META_US,), history_days=3, people=1_000)
MODEL = "claude-sonnet-5-5"
PAUSE: Any = {
    "name": "pause_campaign",
    "description": "Stops a campaign.",
    "input_schema": {
        "type": "object",
        "properties": {"campaign_id": {"type": "string"}, "percent": {"type": "integer"}},
        "required": ["campaign_id", "percent"],
    },
}
READ: Any = {"name": "read_spend", "description": "x", "input_schema": {"type": "object", "properties": {}}}


class Verdict(BaseModel):
    mood: str
    confident: bool


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, specs=[DOOR]) as running:
        yield running


@pytest.fixture
def claude(sim: Sim) -> Iterator[Anthropic]:
    with Anthropic(api_key=sim.keys.claude_api_key, base_url=sim.base_url) as client:
        yield client
    script(sim)
    sim.faults.clear()


def script(sim: Sim, *rules: dict[str, Any]) -> None:
    httpx.put(f"{sim.base_url}/sim/claude/script", json={"rules": rules}).raise_for_status()


def says(text: str) -> Any:
    return [{"role": "user", "content": text}]


def ask(claude: Anthropic, text: str, **more: Any) -> Any:
    return claude.messages.create(model=MODEL, max_tokens=1000, messages=says(text), **more)


def test_a_scripted_answer_is_a_whole_message(sim: Sim, claude: Anthropic) -> None:
    script(sim, {"says": "how .* week", "text": "Spend rose by 4 %."})
    message = ask(claude, "How was the week?", system="You are brief.")
    assert (message.role, message.model, message.stop_reason) == ("assistant", MODEL, "end_turn")
    assert [block.text for block in message.content] == ["Spend rose by 4 %."]
    assert message._request_id.startswith("req_")
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens == 5  # eighteen characters


def test_a_tool_is_called_its_result_is_read_and_the_talk_goes_on(sim: Sim, claude: Anthropic) -> None:
    script(
        sim,
        {"after_tool": "pause_campaign", "result": "paused", "text": "It is paused."},
        {"says": "stop", "text": "I will.", "tools": [{"name": "pause_campaign", "input": {"campaign_id": "c7"}}]},
    )
    first = ask(claude, "Stop campaign c7", tools=[PAUSE])
    said, call = first.content
    assert (said.text, call.name, call.input) == ("I will.", "pause_campaign", {"campaign_id": "c7"})
    assert first.stop_reason == "tool_use"
    talk: Any = [
        *says("Stop campaign c7"),
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "paused"}]},
    ]
    last = claude.messages.create(model=MODEL, max_tokens=100, messages=talk, tools=[PAUSE])
    assert (last.content[0].type, last.stop_reason) == ("text", "end_turn")


def test_without_a_script_it_calls_the_tool_that_the_words_come_closest_to(claude: Anthropic) -> None:
    (call,) = ask(claude, "Please pause the campaign, by 20 percent", tools=[READ, PAUSE]).content
    assert (call.name, call.input["percent"]) == ("pause_campaign", 20)
    (other,) = ask(claude, "Hello", tools=[PAUSE], tool_choice={"type": "tool", "name": "pause_campaign"}).content
    assert other.name == "pause_campaign"
    assert ask(claude, "pause", tools=[PAUSE], tool_choice={"type": "none"}).content[0].type == "text"


def test_structured_output_fits_its_schema(sim: Sim, claude: Anthropic) -> None:
    script(sim, {"says": "thanks", "json": {"mood": "positive", "confident": True}})
    parsed = claude.messages.parse(model=MODEL, max_tokens=200, messages=says("Thanks a lot"), output_format=Verdict)
    assert parsed.parsed_output == Verdict(mood="positive", confident=True)
    unscripted = claude.messages.parse(model=MODEL, max_tokens=200, messages=says("Well"), output_format=Verdict)
    assert isinstance(unscripted.parsed_output, Verdict)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"text": "no", "stop_reason": "refusal"}, "refusal"),
        ({"json": {"mood": "a very long one", "confident": True}, "stop_reason": "max_tokens"}, "max_tokens"),
        ({"text": "x", "stop_reason": "pause_turn"}, "pause_turn"),
        ({"text": "x", "stop_reason": "model_context_window_exceeded"}, "model_context_window_exceeded"),
    ],
)
def test_it_can_stop_for_any_reason(sim: Sim, claude: Anthropic, rule: dict[str, Any], reason: str) -> None:
    script(sim, rule)
    message = ask(claude, "Tell me")
    assert message.stop_reason == reason
    assert (message.stop_details is not None) == (reason == "refusal")
    if reason == "max_tokens":
        with pytest.raises(json.JSONDecodeError):
            json.loads(message.content[0].text)


def test_limits_and_stop_sequences_cut_the_text(sim: Sim, claude: Anthropic) -> None:
    script(sim, {"text": "one two three four"})
    short = claude.messages.create(model=MODEL, max_tokens=2, messages=says("count"))
    assert (short.content[0].to_dict()["text"], short.stop_reason) == ("one two ", "max_tokens")
    stopped = ask(claude, "count", stop_sequences=["three"])
    assert (stopped.content[0].text, stopped.stop_reason) == ("one two ", "stop_sequence")
    assert stopped.stop_sequence == "three"


def test_a_stream_brings_the_same_message_in_pieces(sim: Sim, claude: Anthropic) -> None:
    call = {"name": "pause_campaign", "input": {"campaign_id": "ü"}}
    script(sim, {"text": "Für später: ein längerer Satz.", "tools": [call]})
    with claude.messages.stream(model=MODEL, max_tokens=100, messages=says("go"), tools=[PAUSE]) as stream:
        pieces = [event.text for event in stream if event.type == "text"]
        message = stream.get_final_message()
    assert len(pieces) > 1
    assert "".join(pieces) == "Für später: ein längerer Satz."
    assert [block.type for block in message.content] == ["text", "tool_use"]
    assert message.content[1].to_dict()["input"] == {"campaign_id": "ü"}
    assert message.stop_reason == "tool_use"
    assert message.usage.output_tokens > 1


def test_a_stream_can_break_off_with_an_error(sim: Sim, claude: Anthropic) -> None:
    script(sim, {"text": "a" * 100, "trouble": {"status": 529, "message": "Overloaded", "after_chunks": 2}})
    taken: list[str] = []

    def read() -> None:
        with claude.messages.stream(model=MODEL, max_tokens=100, messages=says("go")) as stream:
            taken.extend(stream.text_stream)

    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        read()
    assert taken == ["a" * 12, "a" * 12]


# Errors, by the SDK's own classes.


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (400, anthropic.BadRequestError), (401, anthropic.AuthenticationError), (402, anthropic.PaymentRequiredError),
        (403, anthropic.PermissionDeniedError), (404, anthropic.NotFoundError), (413, anthropic.RequestTooLargeError),
        (409, anthropic.ConflictError), (429, anthropic.RateLimitError), (500, anthropic.InternalServerError),
        (529, anthropic.OverloadedError),
    ],
)  # fmt: skip
def test_each_trouble_is_the_sdks_own_error(sim: Sim, status: int, raised: type[anthropic.APIStatusError]) -> None:
    script(sim, {"trouble": {"status": status, "message": "scripted"}})
    impatient = Anthropic(api_key=sim.keys.claude_api_key, base_url=sim.base_url, max_retries=0)
    with impatient, pytest.raises(raised) as caught:
        ask(impatient, "x")
    said: Any = caught.value.body
    assert caught.value.status_code == status
    assert caught.value.request_id == said["request_id"] is not None


def test_an_overload_is_waited_out(sim: Sim, claude: Anthropic) -> None:
    script(sim, {"trouble": {"status": 529}, "times": 2}, {"text": "here"})
    assert ask(claude, "x").content[0].text == "here"
    assert [seen.status for seen in sim.log.all("claude")[-3:]] == [529, 529, 200]


def test_a_stated_wait_is_kept(sim: Sim, claude: Anthropic) -> None:
    wait = {"status": 429, "headers": {"retry-after-ms": "20"}}
    script(sim, {"trouble": wait, "times": 1}, {"text": "here"})
    assert ask(claude, "x").content[0].text == "here"


def test_a_spend_limit_is_final_when_the_header_says_so(sim: Sim, claude: Anthropic) -> None:
    limit = {
        "status": 429, "message": "limit", "code": "enforced_spend_limit_reached",
        "headers": {"x-should-retry": "false"},
    }  # fmt: skip
    script(sim, {"trouble": limit})
    before = len(sim.log.all("claude"))
    with pytest.raises(anthropic.EnforcedSpendLimitReachedError):
        ask(claude, "x")
    assert len(sim.log.all("claude")) == before + 1


def test_a_wrong_key_is_refused(sim: Sim) -> None:
    stranger = Anthropic(api_key="sk-ant-wrong", base_url=sim.base_url)
    with stranger, pytest.raises(anthropic.AuthenticationError):
        ask(stranger, "x")


# The rest of the surface.


def test_tokens_are_counted_as_they_are_charged(claude: Anthropic) -> None:
    words = "word " * 200
    counted = claude.messages.count_tokens(model=MODEL, messages=says(words), system="Be brief.", tools=[PAUSE])
    charged = ask(claude, words, system="Be brief.", tools=[PAUSE], tool_choice={"type": "none"})
    assert counted.input_tokens == charged.usage.input_tokens > 250


def test_a_marked_prefix_is_read_from_the_cache_the_second_time(claude: Anthropic) -> None:
    system: Any = [{"type": "text", "text": "rule " * 400, "cache_control": {"type": "ephemeral"}}]
    first, second = (ask(claude, text, system=system).usage for text in ("one", "two"))
    assert first.cache_creation_input_tokens == second.cache_read_input_tokens > 400
    assert first.cache_read_input_tokens == second.cache_creation_input_tokens == 0


def test_a_batch_ends_and_brings_each_answer_under_its_name(sim: Sim, claude: Anthropic) -> None:
    script(sim, {"says": "bad", "trouble": {"status": 400, "message": "scripted"}}, {"text": "fine"})

    def request(name: str, text: str, **more: Any) -> Any:
        return {"custom_id": name, "params": {"model": MODEL, "max_tokens": 50, "messages": says(text), **more}}

    wanted = [request("a", "good"), request("b", "bad"), request("c", "good", temperature=1)]
    batch = claude.messages.batches.create(requests=wanted)
    assert (batch.processing_status, batch.request_counts.processing) == ("in_progress", 3)
    for _ in range(5):
        batch = claude.messages.batches.retrieve(batch.id)
        if batch.processing_status == "ended":
            break
    counts = batch.request_counts
    assert (counts.processing, counts.succeeded, counts.errored) == (0, 1, 2)
    results: dict[str, Any] = {each.custom_id: each.result for each in claude.messages.batches.results(batch.id)}
    assert {name: result.type for name, result in results.items()} == {"a": "succeeded", "b": "errored", "c": "errored"}
    assert results["a"].message.content[0].text == "fine"
    assert batch.id in [each.id for each in claude.messages.batches.list()]
    assert claude.messages.batches.delete(batch.id).id == batch.id


def test_a_batch_can_be_called_off(claude: Anthropic) -> None:
    params: Any = {"model": MODEL, "max_tokens": 50, "messages": says("x")}
    batch = claude.messages.batches.create(requests=[{"custom_id": "a", "params": params}])
    assert claude.messages.batches.cancel(batch.id).processing_status == "canceling"
    for _ in range(3):
        batch = claude.messages.batches.retrieve(batch.id)
    assert (batch.processing_status, batch.request_counts.canceled) == ("ended", 1)


def test_models_are_listed(claude: Anthropic) -> None:
    assert MODEL in [each.id for each in claude.models.list()]
    assert claude.models.retrieve(MODEL).display_name == "Claude Sonnet 5 5"
