"""The router and the Hub, scripted behind ``httpx.MockTransport``."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from provider_huggingface import HfProvider

TOKEN = "hf_canaryT0kenValue"
USER = [{"role": "user", "content": "Why is the sky blue?"}]
WHOAMI, MODELS, CHAT = "/api/whoami-v2", "/v1/models", "/v1/chat/completions"


@dataclass
class Reply:
    """An answer; ``body`` is JSON, or bytes as they are."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> httpx.Response:
        if isinstance(self.body, bytes):
            return httpx.Response(self.status, headers=self.headers, content=self.body)
        return httpx.Response(self.status, headers=self.headers, json=self.body)


def error(status: int, message: Any, **headers: str) -> Reply:
    """The Hub's usual error body; ``_`` in a header name stands for ``-``."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply({"error": message}, status, names)


def completion(content: Any = "Blue.", **message: Any) -> dict[str, Any]:
    """A chat completion; keywords are further fields of its message."""
    message = {"role": "assistant", "content": content, **message}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c-1", "model": "zai-glm-4.7", "choices": [choice]}


def stream(*chunks: Any, **headers: str) -> Reply:
    """A successful stream of chunks."""
    body = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body + b"data: [DONE]\n\n", 200, {"content-type": "text/event-stream", **names})


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """A chunk of a streamed completion; keywords are the fields of its delta."""
    return {"id": "c-1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def model_list(*entries: Any) -> Reply:
    """The router's model list; an entry may be an id alone."""
    data = [{"id": entry} if isinstance(entry, str) else entry for entry in entries]
    return Reply({"object": "list", "data": data})


Answer = Reply | Exception


class Router:
    """Answers by path, each path's last answer again and again, and keeps the requests."""

    def __init__(
        self,
        chat: Answer | list[Answer] | None = None,
        *,
        whoami: Answer | list[Answer] | None = None,
        models: Answer | list[Answer] | None = None,
    ) -> None:
        self._answers = {
            CHAT: _several(chat or Reply(completion())),
            WHOAMI: _several(whoami or Reply({"name": "ann"})),
            MODELS: _several(models or model_list("acme/one")),
        }
        self.requests: list[httpx.Request] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def provider(self, **config: Any) -> HfProvider:
        """Return a provider in front of it, which does not try again unless told to."""
        return HfProvider(
            **{"api_key": TOKEN, "max_retries": 0, "http_client": self.client, **config}
        )

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests if request.content]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answers = self._answers[request.url.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer.response()


def _several(answer: Answer | list[Answer]) -> list[Answer]:
    return list(answer) if isinstance(answer, list) else [answer]
