"""A message as server-sent events, in the order and the pieces in which the Messages API sends one."""

import json
from collections.abc import Iterator
from typing import Any

from simulator.claude.answers import Answer

_PIECE = 12  # characters


def events(answer: Answer, *, request_id: str) -> Iterator[str]:
    """Breaks off with an error event where the answer says so."""
    sent = 0
    for event in _events(answer.message):
        if answer.breaks is not None and event["type"] == "content_block_delta":
            if sent >= answer.breaks[0]:
                yield _line("error", answer.breaks[1].body(request_id))
                return
            sent += 1
        yield _line(event["type"], event)


def _line(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


def _events(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    usage = message["usage"]
    empty = {"content": [], "stop_reason": None, "stop_sequence": None, "stop_details": None}
    yield {"type": "message_start", "message": message | empty | {"usage": usage | {"output_tokens": 1}}}
    for index, block in enumerate(message["content"]):
        blank = block | ({"text": ""} if block["type"] == "text" else {"input": {}})
        yield {"type": "content_block_start", "index": index, "content_block": blank}
        if index == 0:
            yield {"type": "ping"}
        for piece in _pieces(block):
            yield {"type": "content_block_delta", "index": index, "delta": piece}
        yield {"type": "content_block_stop", "index": index}
    delta = {name: message[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": usage["output_tokens"]}}
    yield {"type": "message_stop"}


def _pieces(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        for place in range(0, len(block["text"]), _PIECE):
            yield {"type": "text_delta", "text": block["text"][place : place + _PIECE]}
        return
    text = json.dumps(block["input"], ensure_ascii=False)
    for place in range(0, len(text), _PIECE):
        yield {"type": "input_json_delta", "partial_json": text[place : place + _PIECE]}
