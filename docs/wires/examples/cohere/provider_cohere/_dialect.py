"""The dialect: requests, answers, streams and errors of Cohere's chat protocol, version 2.

Source: https://docs.cohere.com/reference/chat
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

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

from provider_cohere._answer import read_response
from provider_cohere._decoder import CohereStreamDecoder
from provider_cohere._errors import read_error
from provider_cohere._models import read_models
from provider_cohere._request import chat_body

_JSON = {"accept": "application/json"}
_MODELS_PER_PAGE = 1000


class CohereDialect(Dialect):
    """Writes requests of the protocol and reads its replies."""

    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the credential as a bearer token."""
        return {"authorization": f"Bearer {credential}"}

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST /v2/chat``."""
        accept = {"accept": "text/event-stream"} if call.stream else _JSON
        return HttpRequest("POST", "/v2/chat", json_body(chat_body(call)), accept)

    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a whole reply."""
        return read_response(call, reply)

    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a decoder for the events of a message."""
        return CohereStreamDecoder(call)

    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return the error in a reply, whoever wrote it."""
        return read_error(reply)

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return ``GET /v1/models``, for the models that can chat; version 2 has no list."""
        after = f"&page_token={quote(cursor, safe='')}" if cursor else ""
        path = f"/v1/models?endpoint=chat&page_size={_MODELS_PER_PAGE}{after}"
        return HttpRequest("GET", path, headers=_JSON)

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models of a page."""
        return read_models(reply)
