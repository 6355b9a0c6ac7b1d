"""OpenAI chat completions, as a router behind a CDN sends them."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.wires import API_KEY, MESSAGES, MODEL, Wire

_BODY = {"model": MODEL, "messages": MESSAGES, "max_tokens": 200, "stream": False}
_USAGE = {
    "prompt_tokens": 21,
    "completion_tokens": 60,
    "total_tokens": 81,
    "prompt_tokens_details": {"cached_tokens": 0},
}


def _whole(text: str) -> bytes:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, "tool_calls": None},
        "logprobs": None,
        "finish_reason": "stop",
    }
    return _json(_envelope("chat.completion", [choice], _USAGE))


def _word(word: str) -> bytes:
    return _event({"role": "assistant", "content": word}, finish_reason=None)


def _end() -> bytes:
    last = _event({}, finish_reason="stop")
    usage = b"data: %b\n\n" % _json(_envelope("chat.completion.chunk", [], _USAGE))
    return last + usage + b"data: [DONE]\n\n"


def _event(delta: dict[str, str], finish_reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return b"data: %b\n\n" % _json(_envelope("chat.completion.chunk", [choice], None))


def _envelope(kind: str, choices: list[object], usage: object) -> dict[str, object]:
    return {
        "id": "chatcmpl-5f0c7a1e9b2d4e7f8a6b3c1d0e9f8a7b",
        "object": kind,
        "created": 1793613600,
        "model": MODEL,
        "system_fingerprint": "fp_2df2c50ce520692a7dce",
        "choices": choices,
        "usage": usage,
    }


def _text_of_answer(answer: Any) -> str:
    text: str = answer["choices"][0]["message"]["content"]
    return text


def _text_of_event(event: Any) -> str:
    return event["choices"][0]["delta"].get("content", "") if event["choices"] else ""


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


WIRE = Wire(
    name="chat",
    base_path="/v1",
    endpoint="/chat/completions",
    headers={"authorization": f"Bearer {API_KEY}"},
    body=_BODY,
    stream_body=_BODY | {"stream": True, "stream_options": {"include_usage": True}},
    stream_type="text/event-stream",
    whole=_whole,
    begin=b"",
    word=_word,
    end=_end(),
    prefix="data: ",
    text_of_answer=_text_of_answer,
    text_of_event=_text_of_event,
    provider=("provider_huggingface", "HfProvider"),
    contenders={
        "socket": ("socket",),
        "httpx": ("httpx",),
        "aiohttp": ("aiohttp",),
        "provider_sdk": ("provider_sdk", "provider_huggingface"),
        "provider_sdk_fast": ("provider_sdk", "provider_huggingface", "aiohttp"),
        "openai": ("openai",),
        "huggingface_hub": ("huggingface_hub",),
        "litellm": ("litellm",),
        "any_llm": ("any_llm", "openai"),
    },
)
