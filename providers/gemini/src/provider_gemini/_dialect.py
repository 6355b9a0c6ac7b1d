"""The dialect: requests, answers, streams and errors of generateContent.

Source: https://ai.google.dev/api/generate-content
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

from provider_gemini._answers import read_answer
from provider_gemini._decoder import GeminiStreamDecoder
from provider_gemini._errors import error_despite_success, is_error_body, parse_error
from provider_gemini._models import path_of, read_models
from provider_gemini._relax import relaxed
from provider_gemini._requests import chat_body, count_body

_JSON = {"accept": "application/json"}
_EVENTS = {"accept": "text/event-stream"}
_MODELS_PER_PAGE = 1000


class GeminiDialect(Dialect):
    """The generateContent protocol; subclass it for a service that differs in a detail.

    Attributes:
        version: the version of the protocol, the first step of every path.
    """

    array_streams = True
    version: str = "v1beta"

    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the credential as an API key; it never stands in a URL, which proxies log."""
        return {"x-goog-api-key": credential}

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST …:generateContent`` or ``POST …:streamGenerateContent``."""
        body = json_body(chat_body(call))
        if call.stream:
            return self._post(call, "streamGenerateContent?alt=sse", body, _EVENTS)
        return self._post(call, "generateContent", body, _JSON)

    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a reply."""
        body = json_reply(reply)
        if is_error_body(body):
            raise error_despite_success(reply.body)
        answer = read_answer(call, body)
        named = self.request_id(reply.headers)
        return replace(answer, request_id=named) if named else answer

    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a decoder for the chunks of a stream."""
        return GeminiStreamDecoder(call)

    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return the error in a reply."""
        return parse_error(reply)

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        """Return the call with other thinking, or with other signatures of earlier answers.

        Only what the caller did not ask for is changed.
        """
        return relaxed(call, error.message)

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return ``GET …/models``; the cursor is the token of the page."""
        token = f"&pageToken={quote(cursor, safe='')}" if cursor else ""
        path = f"/{self.version}/models?pageSize={_MODELS_PER_PAGE}{token}"
        return HttpRequest("GET", path, headers=_JSON)

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models of a page."""
        return read_models(reply)

    def count_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST …:countTokens``, which counts what the call would send."""
        return self._post(call, "countTokens", json_body(count_body(call)), _JSON)

    def parse_count(self, reply: HttpReply) -> int:
        """Return the tokens in the reply to ``count_request``.

        Raises:
            ProviderResponseError: it holds no count.
        """
        count = token_count(mapping_or_empty(json_reply(reply)).get("totalTokens"))
        if count is None:
            raise ProviderResponseError("the answer holds no count of tokens")
        return count

    def _post(
        self, call: ChatCall, method: str, body: bytes, headers: Mapping[str, str]
    ) -> HttpRequest:
        collection, _, name = path_of(call.model).partition("/")
        path = f"/{self.version}/{collection}/{quote(name, safe='')}:{method}"
        return HttpRequest("POST", path, body, headers)
