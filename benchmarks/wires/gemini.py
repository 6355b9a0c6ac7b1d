"""Google's generateContent."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.wires import API_KEY, INSTRUCTION, MODEL, QUESTION, Wire

_BODY = {
    "contents": [{"role": "user", "parts": [{"text": QUESTION["content"]}]}],
    "systemInstruction": {"parts": [{"text": INSTRUCTION}]},
    "generationConfig": {"maxOutputTokens": 200},
}
_USAGE = {
    "promptTokenCount": 21,
    "candidatesTokenCount": 60,
    "totalTokenCount": 81,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 21}],
}


def _answer(text: str, **fields: object) -> bytes:
    content = {"parts": [{"text": text}], "role": "model"}
    body = {
        "candidates": [{"content": content, **fields, "index": 0}],
        "usageMetadata": _USAGE,
        "modelVersion": MODEL,
        "responseId": "VDVYaY2XOYqM_uMPi8-j8AY",
    }
    return json.dumps(body, separators=(",", ": ")).encode()


def _whole(text: str) -> bytes:
    return _answer(text, finishReason="STOP")


def _word(word: str) -> bytes:
    return b"data: %b\r\n\r\n" % _answer(word)


def _text(answer: Any) -> str:
    text: str = answer["candidates"][0]["content"]["parts"][0]["text"]
    return text


WIRE = Wire(
    name="gemini",
    base_path="",
    endpoint=f"/v1beta/models/{MODEL}:generateContent",
    stream_endpoint=f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse",
    headers={"x-goog-api-key": API_KEY},
    body=_BODY,
    stream_body=_BODY,
    stream_type="text/event-stream",
    whole=_whole,
    begin=b"",
    word=_word,
    end=b"data: %b\r\n\r\n" % _answer("", finishReason="STOP"),
    prefix="data: ",
    text_of_answer=_text,
    text_of_event=_text,
    provider=("provider_gemini", "GeminiProvider"),
    contenders={
        "socket": ("socket",),
        "httpx": ("httpx",),
        "provider_sdk": ("provider_sdk", "provider_gemini"),
        "google_genai": ("google", "google.genai"),
    },
)
