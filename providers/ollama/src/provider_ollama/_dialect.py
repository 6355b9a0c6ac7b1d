"""The dialect: requests, answers, streams and errors of Ollama's own protocol.

Source: https://docs.ollama.com/api
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from provider_sdk import (
    ChatCall,
    ChatResponse,
    Dialect,
    HttpReply,
    HttpRequest,
    ModelPage,
    ProviderError,
    StreamDecoder,
    json_body,
)

from provider_ollama._answer import read_response
from provider_ollama._decoder import OllamaStreamDecoder
from provider_ollama._errors import own_hint, reply_error, service_hint
from provider_ollama._models import model_entries, object_reply, read_model
from provider_ollama._request import chat_body

_JSON = {"accept": "application/json"}
_REFUSES_LEVEL = re.compile(
    r"invalid think value|think value .{0,40}not supported|cannot unmarshal string .{0,80}think"
)


class OllamaDialect(Dialect):
    """Ollama's ``/api/chat``; subclass it for a service that differs in a detail."""

    stream_type: ClassVar[str | None] = "application/x-ndjson"

    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the credential as a bearer token."""
        return {"authorization": f"Bearer {credential}"}

    def error_hint(self, error: ProviderError) -> str | None:
        """Return what to do about an error that has no hint yet."""
        return service_hint(error)

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST /api/chat``."""
        accept = self.stream_type if call.stream else "application/json"
        body = json_body(chat_body(call))
        return HttpRequest("POST", "/api/chat", body, {"accept": accept or ""})

    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a reply."""
        return replace(
            read_response(call, object_reply(reply)), request_id=self.request_id(reply.headers)
        )

    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a decoder for lines of JSON."""
        return OllamaStreamDecoder(call, self.error_hint)

    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return the error in a reply."""
        error = reply_error(reply)
        error.hint = error.hint or self.error_hint(error)
        return error

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        """Return the call with plain thinking, if the service does not know the level of it."""
        refuses = _REFUSES_LEVEL.search(str(error)[:2000])
        return with_plain_thinking(call) if refuses else None

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return ``GET /api/tags``; the list has one page."""
        return HttpRequest("GET", "/api/tags", headers=_JSON)

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the installed models."""
        return ModelPage([read_model(entry) for entry in model_entries(reply)])


def with_plain_thinking(call: ChatCall) -> ChatCall | None:
    """Return the call with plain thinking instead of a level, ``None`` if it asks for no level."""
    extra = call.options.get("extra_body") or {}
    effort = call.options.get("reasoning_effort")
    if effort is None or "think" in extra:
        return None
    note = f"reasoning_effort {effort!r} was sent as plain thinking: the service has no levels"
    return replace(
        call,
        options={**call.options, "extra_body": {**extra, "think": True}},
        notes=(*call.notes, note),
    )


class OwnOllamaDialect(OllamaDialect):
    """The same, with the hints of Ollama itself: its commands, variables and pages."""

    def error_hint(self, error: ProviderError) -> str | None:
        """Return what to do about an error that has no hint yet."""
        return own_hint(error) or super().error_hint(error)
