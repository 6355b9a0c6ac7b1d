"""A scripted Ollama behind ``httpx.MockTransport``."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
from provider_ollama import OllamaProvider

KEY = "ollama-canary-7Qd2xW0"
USER = [{"role": "user", "content": "Why is the sky blue?"}]
MODEL = "qwen3:8b"


class Body(httpx.AsyncByteStream):
    """A body in pieces; a number among them is waited for, in seconds, an exception raised."""

    def __init__(self, pieces: Iterable[Any]) -> None:
        self._pieces = iter(pieces)
        self.closings = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, int | float):
                await asyncio.sleep(piece)
            elif isinstance(piece, Exception):
                raise piece
            else:
                yield piece

    async def aclose(self) -> None:
        """Count it."""
        self.closings += 1


@dataclass
class Reply:
    """An answer of the service; ``body`` may be JSON, bytes or a ``Body``."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> httpx.Response:
        """Return it as httpx does."""
        if isinstance(self.body, Body):
            return httpx.Response(self.status, headers=self.headers, stream=self.body)
        if isinstance(self.body, bytes):
            return httpx.Response(self.status, headers=self.headers, content=self.body)
        return httpx.Response(self.status, headers=self.headers, json=self.body)


class Service:
    """Answers each path by its script, and keeps the requests."""

    def __init__(self, **scripts: Any) -> None:
        self.scripts = {f"/api/{name}": script for name, script in scripts.items()}
        self.requests: list[httpx.Request] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def provider(self, kind: Callable[..., Any] = OllamaProvider, **config: Any) -> Any:
        """Return a provider of this service."""
        settings = {"http_client": self.client, "default_model": MODEL, "max_retries": 0}
        return kind(**{**settings, **config})

    def bodies(self, path: str = "/api/chat") -> list[dict[str, Any]]:
        """Return the bodies of the requests to a path."""
        return [json.loads(each.content) for each in self.requests if each.url.path == path]

    @property
    def paths(self) -> list[str]:
        """Return the paths of all requests."""
        return [request.url.path for request in self.requests]

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.scripts.get(request.url.path, Reply(b"404 page not found", 404))
        if callable(reply):
            reply = reply(request)
        if inspect.isawaitable(reply):
            reply = await reply
        if isinstance(reply, Exception):
            raise reply
        return reply.response()


def answer(content: Any = "Blue.", done_reason: Any = "stop", **more: Any) -> dict[str, Any]:
    """Return the body of a whole answer; keywords of ``message`` are merged into it."""
    message = {"role": "assistant", "content": content, **more.pop("message", {})}
    return {
        "model": MODEL,
        "created_at": "2026-08-07T06:08:09.335586Z",
        "message": message,
        "done": True,
        "done_reason": done_reason,
        "prompt_eval_count": 26,
        "eval_count": 3,
        **more,
    }


def line(content: Any = "", **message: Any) -> dict[str, Any]:
    """Return a line of a stream that is not the last."""
    whole = answer(content, message=message)
    return {name: whole[name] for name in ("model", "created_at", "message")} | {"done": False}


def lines(*values: Any) -> Reply:
    """Return a streamed reply."""
    body = b"".join(json.dumps(value).encode() + b"\n" for value in values)
    return Reply(body, headers={"content-type": "application/x-ndjson"})


def tags(*models: Any) -> dict[str, Any]:
    """Return a model list of names, or of entries."""
    entries = [each if isinstance(each, dict) else {"name": each, "model": each} for each in models]
    return {"models": entries}


def failing(status: int, message: str) -> Reply:
    """Return an error."""
    return Reply({"error": message}, status)
