"""A request to the Messages API, read strictly: what the real one refuses, this one refuses in the same kind of words.

Sampling parameters are gone with version 2026-10-21, even at their defaults; the older version still takes them.
"""

from dataclasses import dataclass, field
from typing import Any

from simulator.claude.refusals import Refusal, invalid
from simulator.claude.schemas import check_format

NEW_VERSION, OLD_VERSION = "2026-10-21", "2023-06-01"
VERSIONS = (NEW_VERSION, OLD_VERSION)
_SAMPLING = ("temperature", "top_p", "top_k")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_NO_PREFILL = ("opus", "sonnet")  # model families that refuse to continue an assistant's turn


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
        names = {block["id"]: block["name"] for message in self.messages for block in _blocks(message, "tool_use")}
        return [
            (names.get(block["tool_use_id"], ""), text_of(block.get("content") or ""))
            for block in _blocks(self.messages[-1], "tool_result")
        ]


def text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(block.get("text", "") for block in content if block.get("type") == "text")


def _blocks(message: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    content = message["content"]
    return [] if isinstance(content, str) else [block for block in content if block.get("type") == kind]


def read(told: Any, *, version: str, counting: bool = False) -> Asked:
    """Raises `Refusal`. Counting tokens needs no `max_tokens`."""
    if not isinstance(told, dict):
        raise invalid("Input should be a valid dictionary")
    for name in _SAMPLING:
        if name in told and version == NEW_VERSION:
            raise invalid(f"{name}: this parameter is not supported in version {NEW_VERSION}")
    model = _required(told, "model", str)
    if not model.startswith("claude-"):
        raise Refusal(404, f"model: {model}")
    max_tokens = 1 if counting else _required(told, "max_tokens", int)
    if max_tokens < 1:
        raise invalid("max_tokens: Input should be greater than or equal to 1")
    messages = _required(told, "messages", list)
    _check_messages(messages, model=model, version=version)
    tools = told.get("tools") or []
    _check_tools(tools)
    output = told.get("output_config") or {}
    if output.get("effort") not in (None, *_EFFORTS):
        raise invalid("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'")
    return Asked(
        model=model,
        max_tokens=max_tokens,
        system=text_of(told.get("system") or ""),
        messages=messages,
        tools=tools,
        tool_choice=told.get("tool_choice") or {"type": "auto"},
        schema=check_format(output.get("format")),
        stop_sequences=told.get("stop_sequences") or [],
        stream=bool(told.get("stream", False)),
        raw=told,
    )


def _required(told: dict[str, Any], name: str, kind: type) -> Any:
    if name not in told:
        raise invalid(f"{name}: Field required")
    value = told[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise invalid(f"{name}: Input should be a valid {kind.__name__}")
    return value


def _check_messages(messages: list[Any], *, model: str, version: str) -> None:
    if not messages:
        raise invalid("messages: at least one message is required")
    open_calls: set[str] = set()
    for place, message in enumerate(messages):
        where = f"messages.{place}"
        if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
            raise invalid(f"{where}.role: Input should be 'user' or 'assistant'")
        if not isinstance(message.get("content"), str | list) or message["content"] in ("", []):
            raise invalid(f"{where}.content: Input should be a non-empty string or list of blocks")
        _check_blocks(message, where, version=version)
        answered = {block.get("tool_use_id", "") for block in _blocks(message, "tool_result")}
        if open_calls - answered:
            raise invalid(f"{where}: `tool_use` ids were found without `tool_result` blocks immediately after")
        if answered - open_calls:
            raise invalid(f"{where}: unexpected `tool_use_id` found in `tool_result` blocks")
        open_calls = (
            {block["id"] for block in _blocks(message, "tool_use")} if message["role"] == "assistant" else set()
        )
    if messages[0]["role"] != "user":
        raise invalid("messages: first message must use the 'user' role")
    if messages[-1]["role"] == "assistant" and any(family in model for family in _NO_PREFILL):
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with a user turn."
        )


def _check_blocks(message: dict[str, Any], where: str, *, version: str) -> None:
    content = message["content"]
    if isinstance(content, str) or version != NEW_VERSION:
        return
    for place, block in enumerate(content):
        if message["role"] == "assistant" and block.get("type") == "document":
            raise invalid(f"{where}.content.{place}: document blocks are not supported in assistant turns")
        if message["role"] == "user" and block.get("type") == "text" and block.get("citations"):
            raise invalid(f"{where}.content.{place}.citations: citations must be empty on user text blocks")


def _check_tools(tools: Any) -> None:
    if not isinstance(tools, list):
        raise invalid("tools: Input should be a valid list")
    for place, tool in enumerate(tools):
        if not isinstance(tool, dict) or not tool.get("name"):
            raise invalid(f"tools.{place}.name: Field required")
        if tool.get("type", "custom") == "custom" and (tool.get("input_schema") or {}).get("type") != "object":
            raise invalid(f"tools.{place}.custom.input_schema.type: Input should be 'object'")
    names = [tool["name"] for tool in tools]
    if len(set(names)) != len(names):
        raise invalid("tools: Tool names must be unique.")
