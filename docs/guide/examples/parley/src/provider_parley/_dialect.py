"""The dialect: functions between the contract and the bytes of the protocol, without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from provider_sdk import (
    ChatCall,
    ChatResponse,
    Dialect,
    HttpReply,
    HttpRequest,
    ModelPage,
    ProviderError,
    ProviderResponseError,
    StreamDecoder,
    json_body,
)
from provider_sdk.decoding import text_or_none

from provider_parley._decoder import ParleyDecoder, read_finish, read_usage
from provider_parley._errors import checked, read_error
from provider_parley._models import read_models

_SPEAKERS = {"system": "director", "user": "person", "assistant": "engine"}
_SETTINGS = {"temperature": "heat", "top_p": "nucleus", "max_tokens": "limit", "seed": "dice"}


class ParleyDialect(Dialect):
    """Writes Parley's requests and reads its replies. It keeps nothing between calls."""

    stream_type = "application/json-seq"

    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the header that carries the key."""
        return {"x-parley-key": credential}

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST /replies``."""
        body: dict[str, Any] = {
            "engine": call.model,
            "dialogue": [
                {"from": _SPEAKERS[message.role], "says": message.text} for message in call.messages
            ],
            "form": "records" if call.stream else "whole",
        }
        if settings := _settings(call.options):
            body["settings"] = settings
        body |= call.options.get("extra_body") or {}
        return HttpRequest("POST", "/replies", json_body(body))

    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a successful reply."""
        body = checked(reply)
        says, word = body.get("says"), text_or_none(body.get("why"))
        if not isinstance(says, str) or word is None:
            raise ProviderResponseError("the answer does not say its text, or why it ended")
        return ChatResponse(
            text=says,
            finish_reason=read_finish(word),
            raw_finish_reason=word,
            usage=read_usage(body.get("spent")),
            model=text_or_none(body.get("engine")) or call.model,
            request_id=self.request_id(reply.headers),
            raw=body,
        )

    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a new decoder."""
        return ParleyDecoder()

    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return the error in a reply with an error status."""
        return read_error(reply)

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return ``GET /engines``, for the page after the cursor."""
        query = f"?after={quote(cursor, safe='')}" if cursor else ""
        return HttpRequest("GET", f"/engines{query}")

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models of a page."""
        return read_models(reply)

    def request_id(self, headers: Mapping[str, str]) -> str | None:
        """Return the service's name of the exchange."""
        return headers.get("x-parley-call")


def _settings(options: Mapping[str, Any]) -> dict[str, Any]:
    found = {word: options[name] for name, word in _SETTINGS.items() if name in options}
    if "stop" in options:
        stop = options["stop"]
        found["until"] = [stop] if isinstance(stop, str) else list(stop)
    return found
