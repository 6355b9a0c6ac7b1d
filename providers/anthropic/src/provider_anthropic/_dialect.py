"""The dialect: requests, answers, streams and errors of the Anthropic Messages API.

Source: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
from provider_sdk.decoding import json_reply, mapping_or_empty, token_count

from provider_anthropic._answers import read_answer
from provider_anthropic._decoder import AnthropicStreamDecoder
from provider_anthropic._errors import error_despite_success, is_error_body, parse_error
from provider_anthropic._models import read_models
from provider_anthropic._relax import relaxed
from provider_anthropic._requests import chat_body, count_body

_JSON = {"accept": "application/json"}
_MODELS_PER_PAGE = 1000


class AnthropicDialect(Dialect):
    """The Messages API; subclass it for a service that differs in a detail."""

    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the credential as an API key."""
        return {"x-api-key": credential}

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST /v1/messages``."""
        accept = {"accept": "text/event-stream"} if call.stream else _JSON
        return HttpRequest("POST", "/v1/messages", json_body(chat_body(call)), accept)

    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a message."""
        body = json_reply(reply)
        if is_error_body(body):
            raise error_despite_success(reply.body)
        return replace(read_answer(call, body), request_id=self.request_id(reply.headers))

    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a decoder for the events of a message."""
        return AnthropicStreamDecoder(call)

    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return the error in a reply."""
        return parse_error(reply)

    def request_id(self, headers: Mapping[str, str]) -> str | None:
        """Return the service's id of the exchange."""
        return headers.get("request-id") or headers.get("x-request-id")

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        """Return the call with a lower limit of tokens, or without the state of earlier answers.

        Only what the caller did not ask for is changed.
        """
        return relaxed(call, error.message)

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return ``GET /v1/models``; the cursor is the last id of the page before."""
        after = f"&after_id={quote(cursor, safe='')}" if cursor else ""
        return HttpRequest("GET", f"/v1/models?limit={_MODELS_PER_PAGE}{after}", headers=_JSON)

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models of a page."""
        return read_models(reply)

    def count_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST /v1/messages/count_tokens``, which counts what the call would send."""
        return HttpRequest("POST", "/v1/messages/count_tokens", json_body(count_body(call)), _JSON)

    def parse_count(self, reply: HttpReply) -> int:
        """Return the tokens in the reply to ``count_request``.

        Raises:
            ProviderResponseError: it holds no count.
        """
        count = token_count(mapping_or_empty(json_reply(reply)).get("input_tokens"))
        if count is None:
            raise ProviderResponseError("the answer holds no count of tokens")
        return count
