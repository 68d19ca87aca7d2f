"""From a request to an answer: what the script says, or, where it says nothing, what a plain model would do.

Without a rule the scripted Claude calls the tool whose name the person's words come closest to, fills structured output
from the words, and otherwise says what it has understood.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from simulator.claude.asked import Asked
from simulator.claude.refusals import Refusal
from simulator.claude.schemas import Filler
from simulator.claude.script import Rule, Script
from simulator.claude.tokens import Meter, tokens_in
from simulator.world.lives.till import tag

_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset(
    {
        "the", "and", "for", "with", "what", "this", "that", "get", "set", "all", "how", "are",
        "was", "from", "our", "you", "your", "into", "have", "has", "not",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole message, and after how many chunks of a stream it breaks off, if it does."""

    message: dict[str, Any]
    breaks: tuple[int, Refusal] | None = None


class Answerer:
    def __init__(self, script: Script, *, seed: int) -> None:
        self._script = script
        self._seed = seed
        self._meter = Meter()
        self._answers = 0

    def answer(self, asked: Asked) -> Answer:
        """Raises `Refusal` where the script wants trouble at once."""
        number, self._answers = self._answers, self._answers + 1
        rule = self._script.choose(asked)
        breaks = None
        if rule is not None and rule.trouble is not None:
            trouble = rule.trouble
            refusal = Refusal(
                trouble.status,
                trouble.message,
                code=trouble.code,
                headers={k: str(v) for k, v in trouble.headers.items()},
            )
            if trouble.after_chunks is None or not asked.stream:
                raise refusal
            breaks = (trouble.after_chunks, refusal)
        content = self._content(asked, rule, number)
        content, stop_reason, stop_sequence = _stopped(asked, content, None if rule is None else rule.stop_reason)
        message = {
            "id": tag("msg", self._seed, "claude", number),
            "type": "message",
            "role": "assistant",
            "model": asked.model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": stop_sequence,
            "stop_details": {"type": "refusal", "category": None, "explanation": None}
            if stop_reason == "refusal"
            else None,
            "usage": self._meter.usage(asked, content),
        }
        return Answer(message=message, breaks=breaks)

    def _content(self, asked: Asked, rule: Rule | None, number: int) -> list[dict[str, Any]]:
        if rule is None:
            return self._unscripted(asked, number)
        content: list[dict[str, Any]] = []
        text = json.dumps(rule.json, ensure_ascii=False) if rule.json is not None else rule.text
        if text:
            content.append({"type": "text", "text": text})
        content += [self._call(number, place, tool["name"], tool["input"]) for place, tool in enumerate(rule.tools)]
        nothing = not content and rule.stop_reason not in ("refusal", "pause_turn")
        return self._unscripted(asked, number) if nothing else content

    def _call(self, number: int, place: int, name: str, told: Any) -> dict[str, Any]:
        return {"type": "tool_use", "id": tag("toolu", self._seed, number, place), "name": name, "input": dict(told)}

    def _unscripted(self, asked: Asked, number: int) -> list[dict[str, Any]]:
        tool = _tool_for(asked)
        if tool is not None:
            schema = tool["input_schema"]
            return [self._call(number, 0, tool["name"], Filler(schema, asked.last_user_text).fill())]
        if asked.schema is not None:
            told = Filler(asked.schema, asked.last_user_text).fill()
            return [{"type": "text", "text": json.dumps(told, ensure_ascii=False)}]
        if asked.tool_results:
            found = "; ".join(f"{name}: {text[:200]}" for name, text in asked.tool_results)
            return [{"type": "text", "text": f"Done. {found}"}]
        return [{"type": "text", "text": f"Understood: {asked.last_user_text[:200]}"}]


def _tool_for(asked: Asked) -> dict[str, Any] | None:
    """The tool that must be called, or the one that the words come closest to; none again once results are in."""
    tools = [tool for tool in asked.tools if "input_schema" in tool]
    match asked.tool_choice.get("type"):
        case "none":
            return None
        case "tool":
            return next((tool for tool in tools if tool["name"] == asked.tool_choice.get("name")), None)
    if asked.tool_results or not tools:
        return None
    words = _words(asked.last_user_text)
    scored = [(len(words & _words(tool["name"].replace("_", " "))), -place) for place, tool in enumerate(tools)]
    score, place = max(scored)
    return tools[-place] if score or asked.tool_choice.get("type") == "any" else None


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in _WORD.findall(text.lower())} - _COMMON


def _stopped(
    asked: Asked, content: list[dict[str, Any]], wanted: str | None
) -> tuple[list[dict[str, Any]], str, str | None]:
    """Cuts the text where a stop sequence or the limit on tokens does, and says why it ended."""
    calls = any(block["type"] == "tool_use" for block in content)
    reason, sequence, kept, left = wanted or ("tool_use" if calls else "end_turn"), None, [], asked.max_tokens
    if wanted == "max_tokens":
        left = max(1, tokens_in(content) // 2)
    for block in content:
        if block["type"] == "text":
            text = block["text"]
            stops = [(text.index(stop), stop) for stop in asked.stop_sequences if stop in text]
            if stops:
                place, sequence = min(stops)
                return [*kept, {"type": "text", "text": text[:place]}], "stop_sequence", sequence
            if tokens_in([block]) > left:
                return [*kept, {"type": "text", "text": text[: 4 * left]}], "max_tokens", None
        left -= tokens_in([block])
        kept.append(block)
    return kept, reason, sequence
