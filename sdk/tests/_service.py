"""A scripted service behind ``httpx.MockTransport``, and the bodies that it sends."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
from provider_sdk import ChatStream, OpenAICompatibleProvider
from provider_sdk.chat_completions import OpenAIDialect

KEY = "canary-7Qd2xW0-secret"
USER = [{"role": "user", "content": "Why is the sky blue?"}]
DONE = b"data: [DONE]\n\n"

STALL = object()
"""A piece of a body that never comes."""


class AcmeProvider(OpenAICompatibleProvider):
    """A provider as an author writes it."""

    name = "acme"
    base_url = "https://api.acme.example/v1"
    base_url_env = "ACME_BASE_URL"
    api_key_env = ("ACME_API_KEY", "ACME_OLD_KEY")
    default_model = "acme-large"
    credential_hint = "Get a key at https://acme.example/keys."


class StrictDialect(OpenAIDialect):
    """A wire that rejects sampling parameters."""

    forbidden_sampling = frozenset({"temperature", "top_p"})


class StrictProvider(AcmeProvider):
    """Its dialect drops them."""

    dialect = StrictDialect()


class OptionalProvider(AcmeProvider):
    """Works better with a credential."""

    credential = "optional"


class OpenProvider(AcmeProvider):
    """Has no credentials by nature."""

    credential = "none"


class Body(httpx.AsyncByteStream):
    """A body in pieces that counts how it is read.

    Among the pieces an exception is raised, and a number is waited for, in seconds.
    """

    def __init__(self, pieces: Iterable[Any]) -> None:
        self._pieces = iter(pieces)
        self.reads = 0
        self.closings = 0
        self.stalled = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, int | float):
                await asyncio.sleep(piece)
                continue
            self.reads += 1
            if piece is STALL:
                self.stalled.set()
                await asyncio.Event().wait()
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def aclose(self) -> None:
        self.closings += 1


@dataclass
class Reply:
    """An answer of the service; ``body`` may be bytes, JSON or pieces of a body."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> httpx.Response:
        if isinstance(self.body, Body):
            return httpx.Response(self.status, headers=self.headers, stream=self.body)
        if isinstance(self.body, bytes):
            return httpx.Response(self.status, headers=self.headers, content=self.body)
        return httpx.Response(self.status, headers=self.headers, json=self.body)


Script = Reply | Exception | Callable[[httpx.Request], Any]


class Service:
    """Plays its replies, the last again and again, and keeps the requests."""

    def __init__(self, *replies: Script) -> None:
        self._replies = replies
        self.requests: list[httpx.Request] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def provider(
        self, kind: type[OpenAICompatibleProvider] = AcmeProvider, **config: Any
    ) -> OpenAICompatibleProvider:
        return kind(**{"api_key": KEY, "http_client": self.client, **config})

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self._replies[min(len(self.requests), len(self._replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        if not isinstance(reply, Reply):
            reply = reply(request)
        if inspect.isawaitable(reply):
            reply = await reply
        return reply.response()


def completion(content: Any = "Blue.", **message: Any) -> dict[str, Any]:
    """A chat completion; keywords are further fields of its message."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "acme-large-0815",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, **message},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    }


def chunk(content: Any = None, *, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """A chunk of a streamed completion; keywords are further fields of its delta."""
    if content is not None:
        delta["content"] = content
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "model": "acme-large-0815", "choices": [choice]}


def sse(*events: Any, done: bool = False) -> bytes:
    """Events as the wire carries them."""
    return b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in events) + (
        DONE if done else b""
    )


def streamed(*pieces: Any, headers: dict[str, str] | None = None) -> Reply:
    """A successful stream, one network read a piece."""
    return Reply(Body(pieces), headers={"content-type": "text/event-stream", **(headers or {})})


def failing(status: int, message: str = "it broke", **headers: str) -> Reply:
    """An error in OpenAI's shape; ``_`` in a header name stands for ``-``."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply({"error": {"message": message}}, status, names)


def tool(index: int | None, id: Any = None, name: str | None = None, arguments: Any = None) -> Any:
    """A fragment of a streamed tool call; what is ``None`` is left out."""
    function = {"name": name, "arguments": arguments}
    fragment: dict[str, Any] = {"index": index, "id": id, "type": "function"}
    fragment["function"] = {key: value for key, value in function.items() if value is not None}
    return {key: value for key, value in fragment.items() if value is not None}


MODELS = Reply({"object": "list", "data": [{"id": "acme-large"}, {"id": "acme-small"}]})


async def opened(*pieces: Any) -> tuple[ChatStream, Body]:
    """A stream of the pieces and the body that it reads."""
    body = Body(pieces)
    service = Service(Reply(body, headers={"content-type": "text/event-stream"}))
    return await service.provider().chat(USER, stream=True), body
