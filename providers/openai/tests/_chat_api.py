"""Chat completions, scripted behind ``httpx.MockTransport``."""

import json
from typing import Any

import httpx
from provider_openai import OpenAIProvider

KEY = "sk-canaryKeyValue"
USER = [{"role": "user", "content": "Why is the sky blue?"}]
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


class Api:
    """Gives its replies in order, the last one again and again, and keeps the requests.

    An answer that is a dict is sent whole, or as a stream of its text if the request wants one.
    """

    def __init__(self, *replies: Any) -> None:
        self._replies = list(replies or [completion()])
        self.requests: list[httpx.Request] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def provider(self, **config: Any) -> OpenAIProvider:
        """Return a provider in front of it, which does not try again unless told to."""
        return OpenAIProvider(
            **{"api_key": KEY, "max_retries": 0, "http_client": self.client, **config}
        )

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The JSON of all requests."""
        return [json.loads(request.content) for request in self.requests if request.content]

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the last request."""
        return self.bodies[-1]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        found = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(found, httpx.Response):
            return httpx.Response(found.status_code, headers=found.headers, content=found.content)
        if request.content and json.loads(request.content).get("stream"):
            return stream({"content": found["choices"][0]["message"]["content"]})
        return httpx.Response(200, json=found)


async def sent(model: str = MODEL, config: Any = None, *, streamed: bool = False, **options: Any):
    """Return the body that a call sends."""
    api = Api()
    async with api.provider(**(config or {})) as provider:
        answer = await provider.chat(USER, model, stream=streamed, **options)
        if streamed:
            await answer.collect()
    return api.body
