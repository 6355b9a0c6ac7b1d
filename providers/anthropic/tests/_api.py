"""The Messages API, scripted behind ``httpx.MockTransport``."""

import json
from typing import Any

import httpx
from provider_anthropic import ClaudeProvider

KEY = "sk-canaryKeyValue"
USER = [{"role": "user", "content": "Why is the sky blue?"}]
MODEL = "claude-opus-5"
JSON = {"content-type": "application/json"}


def message(*content: Any, stop: str | None = "end_turn", **fields: Any) -> dict[str, Any]:
    """A whole answer; a text stands for a block of text."""
    blocks = [text(block) if isinstance(block, str) else block for block in content]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": blocks,
        "stop_reason": stop,
        **fields,
    }


def text(said: str, **fields: Any) -> dict[str, Any]:
    """A block of text."""
    return {"type": "text", "text": said, **fields}


def thinking(thought: str, signature: str = "c2lnbmVk") -> dict[str, Any]:
    """A block of signed thinking."""
    return {"type": "thinking", "thinking": thought, "signature": signature}


def tool_use(id: str, name: str = "look", **arguments: Any) -> dict[str, Any]:
    """A block that calls a tool."""
    return {"type": "tool_use", "id": id, "name": name, "input": arguments}


def error(kind: str, said: str = "no", **fields: Any) -> dict[str, Any]:
    """An error body."""
    return {"type": "error", "error": {"type": kind, "message": said, **fields}}


def events_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of a stream that reproduce a whole answer, each text in two pieces."""
    head = {**answer, "content": [], "stop_reason": None}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": head}]
    for index, block in enumerate(answer["content"]):
        start, deltas = _pieces(block)
        events.append({"type": "content_block_start", "index": index, "content_block": start})
        events += [
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas
        ]
        events.append({"type": "content_block_stop", "index": index})
    names = ("stop_reason", "stop_details")
    changed = {"delta": {name: answer.get(name) for name in names}, "usage": answer.get("usage")}
    return [*events, {"type": "message_delta", **changed}, {"type": "message_stop"}]


def _pieces(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    kind = block["type"]
    if kind == "text":
        cited = [{"type": "citations_delta", "citation": c} for c in block.get("citations") or ()]
        return {"type": "text", "text": ""}, [*_halves("text_delta", "text", block["text"]), *cited]
    if kind == "thinking":
        signed = {"type": "signature_delta", "signature": block["signature"]}
        halves = _halves("thinking_delta", "thinking", block["thinking"])
        return {"type": "thinking", "thinking": "", "signature": ""}, [*halves, signed]
    if kind in ("tool_use", "server_tool_use"):
        written = json.dumps(block["input"])
        return {**block, "input": {}}, _halves("input_json_delta", "partial_json", written)
    return block, []


def _halves(kind: str, name: str, said: str) -> list[dict[str, Any]]:
    middle = len(said) // 2
    return [{"type": kind, name: piece} for piece in (said[:middle], said[middle:])]


def stream(*events: dict[str, Any]) -> httpx.Response:
    """A streamed reply of these events."""
    body = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body)


def reply(body: Any, status: int = 200, **headers: str) -> httpx.Response:
    """A reply; ``_`` in a header name stands for ``-``."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes):
        return httpx.Response(status, headers=names, content=body)
    return httpx.Response(status, headers=names, json=body)


class Api:
    """Gives its replies in order, the last one again and again, and keeps the requests.

    An answer that is a dict is sent whole, or as a stream if the request wants one.
    """

    def __init__(self, *replies: Any) -> None:
        self._replies = list(replies or [message("Blue.")])
        self.requests: list[httpx.Request] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def provider(self, **config: Any) -> ClaudeProvider:
        """Return a provider in front of it, which does not try again unless told to."""
        return ClaudeProvider(
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
        wants_stream = request.content and json.loads(request.content).get("stream")
        return stream(*events_of(found)) if wants_stream else reply(found)


async def ask(*replies: Any, streamed: bool = False, messages: Any = None, **options: Any) -> Any:
    """Return the answer that these replies give, whole or streamed."""
    async with Api(*replies).provider() as provider:
        if not streamed:
            return await provider.chat(messages or USER, MODEL, **options)
        return await (
            await provider.chat(messages or USER, MODEL, stream=True, **options)
        ).collect()


async def sent(messages: Any = None, model: str = MODEL, config: Any = None, **options: Any) -> Any:
    """Return the body that a call sends."""
    api = Api()
    async with api.provider(**(config or {})) as provider:
        await provider.chat(messages or USER, model, **options)
    return api.body
