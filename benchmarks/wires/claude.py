"""The Anthropic Messages API."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.wires import API_KEY, INSTRUCTION, MODEL, QUESTION, Wire

_BODY = {
    "model": MODEL,
    "max_tokens": 200,
    "system": INSTRUCTION,
    "messages": [QUESTION],
    "stream": False,
}
_USAGE = {
    "input_tokens": 21,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 60,
    "service_tier": "standard",
}
_MESSAGE = {
    "model": MODEL,
    "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
    "type": "message",
    "role": "assistant",
    "stop_sequence": None,
    "usage": _USAGE,
}


def _whole(text: str) -> bytes:
    content = [{"type": "text", "text": text}]
    return _json(_MESSAGE | {"content": content, "stop_reason": "end_turn"})


def _begin() -> bytes:
    message = _MESSAGE | {"content": [], "stop_reason": None}
    block = {"type": "text", "text": ""}
    start = _event("message_start", message=message)
    return start + _event("content_block_start", index=0, content_block=block) + _event("ping")


def _word(word: str) -> bytes:
    delta = {"type": "text_delta", "text": word}
    return _event("content_block_delta", index=0, delta=delta)


def _end() -> bytes:
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    stop = _event("content_block_stop", index=0)
    return stop + _event("message_delta", delta=delta, usage=_USAGE) + _event("message_stop")


def _event(kind: str, **fields: object) -> bytes:
    # The service pads most of its events with spaces.
    data = _json({"type": kind, **fields})[:-1] + b"      }"
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


def _text_of_answer(answer: Any) -> str:
    text: str = answer["content"][0]["text"]
    return text


def _text_of_event(event: Any) -> str:
    return event["delta"]["text"] if event["type"] == "content_block_delta" else ""


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


WIRE = Wire(
    name="claude",
    base_path="",
    endpoint="/v1/messages",
    headers={"x-api-key": API_KEY, "anthropic-version": "2026-10-21"},
    body=_BODY,
    stream_body=_BODY | {"stream": True},
    stream_type="text/event-stream",
    whole=_whole,
    begin=_begin(),
    word=_word,
    end=_end(),
    prefix="data: ",
    text_of_answer=_text_of_answer,
    text_of_event=_text_of_event,
    provider=("provider_anthropic", "ClaudeProvider"),
    contenders={
        "socket": ("socket",),
        "httpx": ("httpx",),
        "provider_sdk": ("provider_sdk", "provider_anthropic"),
        "anthropic": ("anthropic",),
    },
)
