"""The Responses API, scripted behind ``httpx.MockTransport``."""

import json
from typing import Any

import httpx
from provider_openai import CodexProvider

KEY = "sk-canaryKeyValue"
USER = [{"role": "user", "content": "Why is the sky blue?"}]
MODEL = "gpt-6.1-sol"


def response(*output: Any, status: str = "completed", **fields: Any) -> dict[str, Any]:
    """A whole answer; a text stands for a message."""
    items = [message(item) if isinstance(item, str) else item for item in output]
    return {
        "id": "resp_1",
        "object": "response",
        "status": status,
        "error": None,
        "incomplete_details": None,
        "model": f"{MODEL}-2026-09-01",
        "output": items,
        "usage": None,
        **fields,
    }


def message(*texts: Any, id: str = "msg_1", **fields: Any) -> dict[str, Any]:
    """A message; a text stands for a part of text."""
    parts = [output_text(text) if isinstance(text, str) else text for text in texts]
    return {"type": "message", "id": id, "role": "assistant", "content": parts, **fields}


def output_text(text: str) -> dict[str, Any]:
    """A part of text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def refusal(text: str) -> dict[str, Any]:
    """A part that refuses."""
    return {"type": "refusal", "refusal": text}


def reasoning(*summary: str, sealed: str | None = "c2VhbGVk", **fields: Any) -> dict[str, Any]:
    """An item of reasoning: the parts of its summary, and what is encrypted."""
    parts = [{"type": "summary_text", "text": text} for text in summary]
    item = {"type": "reasoning", "id": "rs_1", "summary": parts, **fields}
    return item if sealed is None else {**item, "encrypted_content": sealed}


def function_call(call_id: str, name: str = "look", **arguments: Any) -> dict[str, Any]:
    """An item that calls a function."""
    return {
        "type": "function_call",
        "id": f"fc_{call_id}",
        "status": "completed",
        "call_id": call_id,
        "name": name,
        "arguments": json.dumps(arguments),
    }


def error(code: str | None, said: str = "no", kind: str = "invalid_request_error") -> Any:
    """An error body."""
    return {"error": {"message": said, "type": kind, "param": None, "code": code}}


def events_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of a stream that reproduce a whole answer, each text in two pieces."""
    head = {**answer, "output": [], "status": "in_progress", "usage": None}
    events = [{"type": f"response.{name}", "response": head} for name in ("created", "in_progress")]
    for place, item in enumerate(answer["output"]):
        events += [{**event, "output_index": place} for event in _events_of_item(item)]
    return [*events, {"type": f"response.{answer['status']}", "response": answer}]


def _events_of_item(item: dict[str, Any]) -> list[dict[str, Any]]:
    kind, about = item["type"], {"item_id": item.get("id")}
    empty = {"message": {"content": []}, "function_call": {"arguments": ""}}
    begun = {**item, **empty.get(kind, {}), "status": "in_progress"}
    if kind == "reasoning":
        begun |= {"summary": [], "encrypted_content": "b3RoZXI="}
    events = [{"type": "response.output_item.added", "item": begun}]
    if kind == "function_call":
        events += _text("function_call_arguments", "arguments", item["arguments"], about)
    for index, part in enumerate(item["content"] if kind == "message" else ()):
        place = {**about, "content_index": index}
        field = "refusal" if part["type"] == "refusal" else "text"
        events += _text(part["type"], field, part[field], place)
    for index, part in enumerate(item["summary"] if kind == "reasoning" else ()):
        place = {**about, "summary_index": index}
        events += _text("reasoning_summary_text", "text", part["text"], place)
    return [*events, {"type": "response.output_item.done", "item": item}]


def _text(name: str, field: str, said: str, place: dict[str, Any]) -> list[dict[str, Any]]:
    middle = len(said) // 2
    pieces = (said[:middle], said[middle:])
    deltas = [{"type": f"response.{name}.delta", **place, "delta": piece} for piece in pieces]
    return [*deltas, {"type": f"response.{name}.done", **place, field: said}]


def encoded(*events: dict[str, Any]) -> bytes:
    """The bytes of a stream of these events."""
    lines = (
        f"event: {each['type']}\ndata: {json.dumps(each, ensure_ascii=False)}\n\n"
        for each in events
    )
    return "".join(lines).encode("utf-8", "surrogatepass")


def stream(*events: dict[str, Any]) -> httpx.Response:
    """A streamed reply of these events."""
    kind = {"content-type": "text/event-stream"}
    return httpx.Response(200, headers=kind, content=encoded(*events))


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

    kind: type[Any] = CodexProvider

    def __init__(self, *replies: Any) -> None:
        self._replies = list(replies or [self.usual()])
        self.requests: list[httpx.Request] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def provider(self, kind: type[Any] | None = None, **config: Any) -> Any:
        """Return a provider in front of it, which does not try again unless told to."""
        return (kind or self.kind)(
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
        return self.streamed(found) if wants_stream else reply(found)

    def usual(self) -> dict[str, Any]:
        """What it answers if nothing else is said."""
        return response("Blue.")

    def streamed(self, answer: dict[str, Any]) -> httpx.Response:
        """Return an answer as a stream."""
        return stream(*events_of(answer))


async def ask(*replies: Any, streamed: bool = False, messages: Any = None, **options: Any) -> Any:
    """Return the answer that these replies give, whole or streamed."""
    async with Api(*replies).provider() as provider:
        if not streamed:
            return await provider.chat(messages or USER, MODEL, **options)
        answer = await provider.chat(messages or USER, MODEL, stream=True, **options)
        return await answer.collect()


async def sent(messages: Any = None, model: str = MODEL, config: Any = None, **options: Any) -> Any:
    """Return the body that a call sends."""
    api = Api()
    async with api.provider(**(config or {})) as provider:
        await provider.chat(messages or USER, model, **options)
    return api.body
