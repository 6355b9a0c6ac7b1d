"""Chat completions, scripted behind ``httpx.MockTransport``."""

import json
from typing import Any

import httpx
from provider_openai import OpenAIProvider

from ._api import USER
from ._api import Api as ResponsesApi

MODEL = "gpt-5.4"
GATEWAY = "https://gateway.test/v1"
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


def completion(text: str | None = "Blue.", finish: str = "stop", **message: Any) -> dict[str, Any]:
    """A whole answer."""
    body = {"role": "assistant", "content": text, **message}
    choice = {"index": 0, "message": body, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion", "model": MODEL, "choices": [choice]}


def stream(*deltas: dict[str, Any], finish: str = "stop") -> httpx.Response:
    """A streamed answer of these deltas, each padded as OpenAI pads them."""
    chunks = [_chunk(delta, None) for delta in deltas] + [_chunk({}, finish)]
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    body = "".join([*lines, "data: [DONE]\n\n"])
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body)


def _chunk(delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "model": MODEL, "choices": [choice], "obfuscation": "u9Ym2"}


def rejection(said: str, status: int = 400, **fields: Any) -> httpx.Response:
    """A reply that rejects the request, as OpenAI writes it."""
    error = {"message": said, "type": "invalid_request_error", "param": None, "code": None}
    return httpx.Response(status, json={"error": {**error, **fields}})


class Api(ResponsesApi):
    """The same for chat completions."""

    kind = OpenAIProvider

    def usual(self) -> dict[str, Any]:
        """What it answers if nothing else is said."""
        return completion()

    def streamed(self, answer: dict[str, Any]) -> httpx.Response:
        """Return the text of an answer as a stream."""
        return stream({"content": answer["choices"][0]["message"]["content"]})


async def sent(model: str = MODEL, config: Any = None, *, streamed: bool = False, **options: Any):
    """Return the body that a call sends."""
    api = Api()
    async with api.provider(**(config or {})) as provider:
        answer = await provider.chat(USER, model, stream=streamed, **options)
        if streamed:
            await answer.collect()
    return api.body
