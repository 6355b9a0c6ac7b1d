"""Ollama's own protocol."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.wires import API_KEY, MESSAGES, MODEL, Wire

_BODY = {
    "model": MODEL,
    "messages": MESSAGES,
    "stream": False,
    "options": {"num_predict": 200, "num_ctx": 8192},
}
_END = {
    "done": True,
    "done_reason": "stop",
    "total_duration": 1735248334,
    "load_duration": 139246000,
    "prompt_eval_count": 21,
    "prompt_eval_duration": 247164000,
    "eval_count": 60,
    "eval_duration": 1337032000,
}


def _whole(text: str) -> bytes:
    return _json(_line(text) | _END)


def _word(word: str) -> bytes:
    return _json(_line(word) | {"done": False}) + b"\n"


def _line(text: str) -> dict[str, object]:
    return {
        "model": MODEL,
        "created_at": "2026-08-07T06:08:09.335586Z",
        "message": {"role": "assistant", "content": text},
    }


def _text(body: Any) -> str:
    text: str = body["message"]["content"]
    return text


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


WIRE = Wire(
    name="ollama",
    base_path="",
    endpoint="/api/chat",
    headers={"authorization": f"Bearer {API_KEY}"},
    body=_BODY,
    stream_body=_BODY | {"stream": True},
    stream_type="application/x-ndjson",
    whole=_whole,
    begin=b"",
    word=_word,
    end=_json(_line("") | _END) + b"\n",
    prefix="",
    text_of_answer=_text,
    text_of_event=_text,
    provider=("provider_ollama", "OllamaProvider"),
    contenders={
        "socket": ("socket",),
        "httpx": ("httpx",),
        "provider_sdk": ("provider_sdk", "provider_ollama"),
        "ollama": ("ollama",),
    },
)
