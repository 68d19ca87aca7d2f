"""A request to the Messages API, read strictly: what the real one refuses, this one refuses in the same kind of words.

Sampling parameters are gone with version 2026-10-21, even at their defaults; the older version still takes them.
"""

from dataclasses import dataclass, field
from typing import Any

from simulator.claude.checking import blocks, check_messages, check_system, check_tool_choice, check_tools, text_of
from simulator.claude.refusals import Refusal, invalid
from simulator.claude.schemas import check_format
from simulator.claude.versions import NEW_VERSION

_SAMPLING = ("temperature", "top_p", "top_k")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_FIELDS = {
    "cache_control", "container", "diagnostics", "inference_geo", "max_tokens", "messages", "metadata", "model",
    "output_config", "service_tier", "speed", "stop_sequences", "stream", "system", "thinking", "tool_choice", "tools",
    *_SAMPLING,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an answer depends on."""

    model: str
    max_tokens: int
    system: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    tool_choice: dict[str, Any]
    schema: dict[str, Any] | None
    stop_sequences: list[str]
    stream: bool
    raw: dict[str, Any] = field(repr=False)

    @property
    def last_user_text(self) -> str:
        """What somebody last said, tool results left out."""
        for message in reversed(self.messages):
            if message["role"] == "user":
                found = text_of(message["content"])
                if found:
                    return found
        return ""

    @property
    def tool_results(self) -> list[tuple[str, str]]:
        """The tools whose results the last message brings, and the results as text."""
        names = {block["id"]: block["name"] for message in self.messages for block in blocks(message, "tool_use")}
        return [
            (names.get(block["tool_use_id"], ""), text_of(block.get("content") or ""))
            for block in blocks(self.messages[-1], "tool_result")
        ]


def read(told: Any, *, version: str, counting: bool = False) -> Asked:
    """Raises `Refusal`. Counting tokens needs no `max_tokens`."""
    if not isinstance(told, dict):
        raise invalid("Input should be a valid dictionary")
    for name in told:
        if name not in _FIELDS:
            raise invalid(f"{name}: Extra inputs are not permitted")
        if name in _SAMPLING and version == NEW_VERSION:
            raise invalid(f"{name}: this parameter is not supported in version {NEW_VERSION}")
    model = _required(told, "model", str)
    if not model.startswith("claude-"):
        raise Refusal(404, f"model: {model}")
    max_tokens = 1 if counting else _required(told, "max_tokens", int)
    if max_tokens < 1:
        raise invalid("max_tokens: Input should be greater than or equal to 1")
    messages = _required(told, "messages", list)
    check_messages(messages, model=model, version=version)
    system = _optional(told, "system", str | list, "")
    check_system(system)
    tools = _optional(told, "tools", list, [])
    check_tools(tools)
    tool_choice = _optional(told, "tool_choice", dict, {"type": "auto"})
    check_tool_choice(tool_choice, tools)
    output = _optional(told, "output_config", dict, {})
    if output.get("effort") not in (None, *_EFFORTS):
        raise invalid("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'")
    stops = _optional(told, "stop_sequences", list, [])
    if not all(isinstance(stop, str) and stop.strip() for stop in stops):
        raise invalid("stop_sequences: each stop sequence must contain non-whitespace")
    return Asked(
        model=model,
        max_tokens=max_tokens,
        system=text_of(system),
        messages=messages,
        tools=tools,
        tool_choice=tool_choice,
        schema=check_format(output.get("format")),
        stop_sequences=stops,
        stream=_optional(told, "stream", bool, False),
        raw=told,
    )


def _required(told: dict[str, Any], name: str, kind: type) -> Any:
    if name not in told:
        raise invalid(f"{name}: Field required")
    value = told[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise invalid(f"{name}: Input should be a valid {kind.__name__}")
    return value


def _optional(told: dict[str, Any], name: str, kind: Any, usual: Any) -> Any:
    value = told.get(name)
    if value is None:
        return usual
    if not isinstance(value, kind):
        raise invalid(f"{name}: Input has the wrong type")
    return value
