"""Counting tokens, roughly as a tokenizer would and always alike: one for every four characters."""

import hashlib
import json
from typing import Any

from simulator.claude.asked import Asked

_PER_MESSAGE = 4


def _count(text: str) -> int:
    return -(-len(text) // 4)


def tokens_in(content: list[dict[str, Any]]) -> int:
    return sum(
        _count(block["text"] if block["type"] == "text" else json.dumps(block["input"], ensure_ascii=False))
        for block in content
    )


def input_tokens(asked: Asked) -> int:
    parts = [asked.raw.get("system") or "", asked.tools or "", *(message["content"] for message in asked.messages)]
    texts = (part if isinstance(part, str) else json.dumps(part, ensure_ascii=False, default=str) for part in parts)
    return sum(map(_count, texts)) + _PER_MESSAGE * len(asked.messages)


def _cached_prefix(asked: Asked) -> str | None:
    """What a caller asked to be kept: tools and system up to the last mark; None without one."""
    system = asked.raw.get("system")
    marked = any(tool.get("cache_control") for tool in asked.tools) or (
        isinstance(system, list) and any(block.get("cache_control") for block in system)
    )
    if not marked and not asked.raw.get("cache_control"):
        return None
    return json.dumps([asked.model, asked.tools, system], ensure_ascii=False, default=str)


class Meter:
    """Usage, with a cache that remembers every prefix it was asked to keep."""

    def __init__(self) -> None:
        self._kept: set[bytes] = set()

    def usage(self, asked: Asked, content: list[dict[str, Any]]) -> dict[str, Any]:
        prefix, total = _cached_prefix(asked), input_tokens(asked)
        kept = 0 if prefix is None else min(total, _count(prefix))
        print_ = hashlib.sha256((prefix or "").encode()).digest()
        known = print_ in self._kept
        if prefix is not None:
            self._kept.add(print_)
        return {
            "input_tokens": total - kept,
            "cache_creation_input_tokens": 0 if known else kept,
            "cache_read_input_tokens": kept if known else 0,
            "output_tokens": max(1, tokens_in(content)),
            "service_tier": "standard",
        }
