"""The dialect: requests, answers, streams and errors of OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from provider_sdk import (
    ChatCall,
    ChatResponse,
    HttpReply,
    HttpRequest,
    OpenAIDialect,
    ProviderError,
    ProviderResponseError,
    StreamDecoder,
    json_body,
)
from provider_sdk.chat_completions import ServiceError, read_error_body, says_error
from provider_sdk.decoding import json_reply, mapping_or_empty

from provider_openai._account import account_hint
from provider_openai._answers import read_answer
from provider_openai._decoder import ResponsesStreamDecoder
from provider_openai._errors import is_missing_item, with_meaning
from provider_openai._relax import relaxed
from provider_openai._requests import chat_body

_UNFINISHED = ("in_progress", "queued", "cancelled", "canceled")
_BAD_REQUEST = 400
_NO_SUCH_PATH = (404, 405, 501)
_READ_CHARACTERS = 2000
_ONLY_CHAT = re.compile(
    r"(\bnot\b|\bonly\b|n't\b|\bcannot\b|unsupported).{0,60}(\bresponses\b|chat.completions)",
    re.DOTALL,
)
_NO_RESPONSES = (
    "This server may not have the Responses API: the provider 'openai' speaks chat completions."
)
_CHAT_MODEL = "Ask this model through the provider 'openai', which speaks chat completions."


class ResponsesDialect(OpenAIDialect):
    """The Responses API; subclass it for a service that differs in a detail.

    Credential, error bodies and model list are those of chat completions.
    """

    pads_streams: ClassVar[bool] = False
    """Whether the service pads the events of a stream unless it is told not to."""

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST /responses``."""
        accept = "text/event-stream" if call.stream else "application/json"
        body = json_body(chat_body(call, is_padded=self.pads_streams))
        return HttpRequest("POST", "/responses", body, {"accept": accept})

    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a response object."""
        body = json_reply(reply)
        found = mapping_or_empty(body)
        if found.get("status") == "failed" or says_error(found.get("error")):
            raise self.make_error(None, read_error_body({"error": found.get("error")}))
        if "output" not in found and (said := read_error_body(body)).message:
            raise self.make_error(None, said)
        if found.get("status") in _UNFINISHED:
            raise ProviderResponseError(
                f"the answer is not complete: its status is {found['status']}"
            )
        return replace(
            read_answer(call, found),
            served_by=self.served_by(reply.headers),
            request_id=self.request_id(reply.headers),
        )

    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a decoder for the events of a response."""
        return ResponsesStreamDecoder(call, lambda found: self.make_error(None, found))

    def make_error(self, status: int | None, found: ServiceError) -> ProviderError:
        """Return the exception for what the service says; ``status`` is ``None`` in a stream."""
        if status is None:
            return super().make_error(None, with_meaning(found))
        # What the service did not store is no model that is missing: the request is wrong.
        error = super().make_error(_BAD_REQUEST if is_missing_item(found) else status, found)
        error.status = status
        return error

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        """Return the call without what the service rejects and the caller did not ask for."""
        return relaxed(call, error)


class CodexDialect(ResponsesDialect):
    """The Responses API at OpenAI, or at a server that takes its place."""

    pads_streams = True

    def hint(self, error: ProviderError, found: ServiceError) -> str | None:
        """Return what to do about an error: the other provider may be the right one."""
        said = found.message.lower()
        names_model = "model" in said or any("model" in label for label in found.labels)
        if error.status in _NO_SUCH_PATH and not names_model:
            return _NO_RESPONSES
        if names_model and _ONLY_CHAT.search(said[:_READ_CHARACTERS]):
            return _CHAT_MODEL
        return account_hint(error) or super().hint(error, found)
