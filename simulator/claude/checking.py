"""What a conversation, its system prompt and its tools must look like; the first thing that is wrong is refused."""

import re
from typing import Any

from simulator.claude.refusals import invalid
from simulator.claude.schemas import check_schema
from simulator.claude.versions import NEW_VERSION

_NO_PREFILL = ("opus", "sonnet")  # model families that refuse to continue an assistant's turn
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_TEXTS = {  # what each kind of block must say, as text
    "text": ("text",),
    "tool_use": ("id", "name"),
    "tool_result": ("tool_use_id",),
    "thinking": ("thinking", "signature"),
    "redacted_thinking": ("data",),
    "image": (),
    "document": (),
}
_ROLES = {"tool_use": "assistant", "thinking": "assistant", "redacted_thinking": "assistant", "tool_result": "user"}
_CHOICES = ("auto", "any", "tool", "none")


def text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block.get("type") == "text")


def blocks(message: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    content = message["content"]
    return [] if isinstance(content, str) else [block for block in content if block["type"] == kind]


def check_messages(messages: list[Any], *, model: str, version: str) -> None:
    if not messages:
        raise invalid("messages: at least one message is required")
    open_calls: set[str] = set()
    for place, message in enumerate(messages):
        where = f"messages.{place}"
        if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
            raise invalid(f"{where}.role: Input should be 'user' or 'assistant'")
        _check_content(message.get("content"), f"{where}.content", role=message["role"], version=version)
        answered = {block["tool_use_id"] for block in blocks(message, "tool_result")}
        if open_calls - answered:
            raise invalid(f"{where}: `tool_use` ids were found without `tool_result` blocks immediately after")
        if answered - open_calls:
            raise invalid(f"{where}: unexpected `tool_use_id` found in `tool_result` blocks")
        open_calls = {block["id"] for block in blocks(message, "tool_use")}
    if messages[0]["role"] != "user":
        raise invalid("messages: first message must use the 'user' role")
    if messages[-1]["role"] == "assistant" and any(family in model for family in _NO_PREFILL):
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with a user turn."
        )


def _check_content(content: Any, where: str, *, role: str, version: str) -> None:
    if not isinstance(content, str | list) or not content:
        raise invalid(f"{where}: Input should be a non-empty string or list of blocks")
    if isinstance(content, str):
        return
    for place, block in enumerate(content):
        kind = _check_block(block, f"{where}.{place}")
        if _ROLES.get(kind, role) != role:
            raise invalid(f"{where}.{place}: `{kind}` blocks are not allowed in a message of the {role}")
        if kind == "tool_use" and not isinstance(block.get("input"), dict):
            raise invalid(f"{where}.{place}.input: Input should be a valid dictionary")
        if kind == "tool_result":
            _check_result(block.get("content"), f"{where}.{place}.content")
        if version == NEW_VERSION and role == "assistant" and kind == "document":
            raise invalid(f"{where}.{place}: document blocks are not supported in assistant turns")
        if version == NEW_VERSION and role == "user" and kind == "text" and block.get("citations"):
            raise invalid(f"{where}.{place}.citations: citations must be empty on user text blocks")


def _check_block(block: Any, where: str) -> str:
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(kind, str) or kind not in _TEXTS:
        raise invalid(f"{where}.type: Input tag does not match any of the expected tags")
    for name in _TEXTS[kind]:
        if not isinstance(block.get(name), str):
            raise invalid(f"{where}.{kind}.{name}: Input should be a valid string")
    if kind == "text" and not block["text"]:
        raise invalid(f"{where}: text content blocks must be non-empty")
    return kind


def _check_result(content: Any, where: str) -> None:
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        raise invalid(f"{where}: Input should be a valid string or list of blocks")
    for place, block in enumerate(content):
        if _check_block(block, f"{where}.{place}") not in ("text", "image", "document"):
            raise invalid(f"{where}.{place}.type: Input tag does not match any of the expected tags")


def check_system(system: str | list[Any]) -> None:
    for place, block in enumerate([] if isinstance(system, str) else system):
        if _check_block(block, f"system.{place}") != "text":
            raise invalid(f"system.{place}.type: Input should be 'text'")


def check_tools(tools: list[Any]) -> None:
    for place, tool in enumerate(tools):
        name = tool.get("name") if isinstance(tool, dict) else None
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise invalid(f"tools.{place}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
        schema = tool.get("input_schema")
        if tool.get("type", "custom") == "custom" and not (isinstance(schema, dict) and schema.get("type") == "object"):
            raise invalid(f"tools.{place}.custom.input_schema.type: Input should be 'object'")
        if schema is not None:
            check_schema(schema, f"tools.{place}.custom.input_schema")
    names = [tool["name"] for tool in tools]
    if len(set(names)) != len(names):
        raise invalid("tools: Tool names must be unique.")


def check_tool_choice(choice: dict[str, Any], tools: list[dict[str, Any]]) -> None:
    kind = choice.get("type")
    if kind not in _CHOICES:
        raise invalid("tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'")
    if kind in ("any", "tool") and not tools:
        raise invalid("tool_choice: tools must be given with it")
    if kind == "tool" and choice.get("name") not in [tool["name"] for tool in tools]:
        raise invalid(f"tool_choice.name: Tool '{choice.get('name')}' not found in provided tools")
