"""The generateContent protocol, scripted behind ``httpx.MockTransport``."""

import json
from typing import Any

import httpx
from provider_gemini import GeminiProvider

KEY = "AIzaCanaryKeyValue"
USER = [{"role": "user", "content": "Why is the sky blue?"}]
MODEL = "gemini-3.6-flash"
JSON = {"content-type": "application/json; charset=UTF-8"}


def answer(*parts: Any, finish: Any = "STOP", **fields: Any) -> dict[str, Any]:
    """A whole answer; a text stands for a part of text."""
    candidate: dict[str, Any] = {"index": 0}
    if parts:
        listed = [text(part) if isinstance(part, str) else part for part in parts]
        candidate["content"] = {"role": "model", "parts": listed}
    if finish is not None:
        candidate["finishReason"] = finish
    if message := fields.pop("finishMessage", None):
        candidate["finishMessage"] = message
    return {"candidates": [candidate], "modelVersion": MODEL, "responseId": "r1", **fields}


def text(said: str, **fields: Any) -> dict[str, Any]:
    """A part of text."""
    return {"text": said, **fields}


def thought(said: str, **fields: Any) -> dict[str, Any]:
    """A part of the model's thoughts."""
    return {"text": said, "thought": True, **fields}


def call(name: str, id: str = "", signature: str = "", **arguments: Any) -> dict[str, Any]:
    """A part that calls a tool."""
    named = {"id": id} if id else {}
    signed = {"thoughtSignature": signature} if signature else {}
    return {"functionCall": {**named, "name": name, "args": arguments}, **signed}


def error(code: int, status: str, said: str = "no", *details: Any) -> dict[str, Any]:
    """An error body."""
    found = {"code": code, "message": said, "status": status}
    return {"error": {**found, **({"details": list(details)} if details else {})}}


def chunks_of(whole: dict[str, Any]) -> list[dict[str, Any]]:
    """The chunks of a stream that reproduce a whole answer, each plain text in two pieces."""
    (candidate,) = whole["candidates"]
    end = {name: value for name, value in candidate.items() if name != "content"}
    rest = {name: value for name, value in whole.items() if name != "candidates"}
    pieces = [
        piece for part in candidate.get("content", {}).get("parts", ()) for piece in _in_two(part)
    ]
    chunks = [
        {
            "candidates": [{"content": {"role": "model", "parts": [p]}, "index": 0}],
            "responseId": "r1",
        }
        for p in pieces
    ]
    return [*chunks, {"candidates": [end], **rest}]


def _in_two(part: dict[str, Any]) -> list[dict[str, Any]]:
    if not part.get("text") or "thoughtSignature" in part:
        return [part]
    middle = len(part["text"]) // 2
    return [
        {**part, "text": half} for half in (part["text"][:middle], part["text"][middle:]) if half
    ]


def stream(*chunks: dict[str, Any], rest: bytes = b"") -> httpx.Response:
    """A streamed reply of these chunks, with CRLF as the service sends it."""
    body = b"".join(b"data: %b\r\n\r\n" % json.dumps(chunk).encode() for chunk in chunks)
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body + rest)


def array(*chunks: dict[str, Any]) -> httpx.Response:
    """The same chunks as one JSON array."""
    body = b",\r\n".join(json.dumps(chunk, indent=2).encode() for chunk in chunks)
    return httpx.Response(200, headers=JSON, content=b"[%b\n]\n" % body)


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
        self._replies = list(replies or [answer("Blue.")])
        self.requests: list[httpx.Request] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def provider(self, **config: Any) -> GeminiProvider:
        """Return a provider in front of it, which does not try again unless told to."""
        return GeminiProvider(
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
        is_stream = request.url.path.endswith(":streamGenerateContent")
        return stream(*chunks_of(found)) if is_stream and "candidates" in found else reply(found)


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
