"""The dialect: requests, answers, streams and errors of OpenAI chat completions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from provider_sdk._dialect import (
    ChatCall,
    Dialect,
    HttpReply,
    HttpRequest,
    StreamDecoder,
    json_body,
)
from provider_sdk._errors import ProviderError, ProviderResponseError, default_hint
from provider_sdk._responses import ChatResponse
from provider_sdk.chat_completions._decoder import OpenAIStreamDecoder
from provider_sdk.chat_completions._error_signs import first_error, is_error_body
from provider_sdk.chat_completions._errors import (
    ServiceError,
    read_error,
    read_error_body,
)
from provider_sdk.chat_completions._finish import broken_end, is_broken_end
from provider_sdk.chat_completions._request import chat_body, refuses_state
from provider_sdk.decoding import json_reply, mapping_or_empty
from provider_sdk.turn_state import without_state

if TYPE_CHECKING:
    from provider_sdk._models import ModelPage


class OpenAIDialect(Dialect):
    """OpenAI chat completions; subclass it for a service that differs in a detail."""

    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the credential as a bearer token."""
        return {"authorization": f"Bearer {credential}"}

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST /chat/completions``."""
        accept = "text/event-stream" if call.stream else "application/json"
        body = json_body(chat_body(call))
        return HttpRequest("POST", "/chat/completions", body, {"accept": accept})

    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a chat completion."""
        # A stream does not need it.
        from provider_sdk.chat_completions._response import first_choice, read_response

        body = json_reply(reply)
        if is_error_body(body):
            raise self.make_error(None, read_error_body(body))
        choice = first_choice(body)
        fault: ProviderError | None = None
        in_message = mapping_or_empty(choice.get("message")).get("error")
        if (error := first_error(choice.get("error"), in_message)) is not None:
            fault = self.make_error(None, read_error_body({"error": error}))
        elif is_broken_end(choice.get("finish_reason")):
            fault = ProviderResponseError(broken_end(choice["finish_reason"]))
        if fault is not None and not isinstance(choice.get("message"), Mapping):
            raise fault
        response = read_response(
            call,
            choice,
            body,
            served_by=self.served_by(reply.headers),
            request_id=self.request_id(reply.headers),
        )
        if fault is None:
            return response
        fault.partial = response
        raise fault

    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a decoder for server-sent chat completion chunks."""
        return OpenAIStreamDecoder(call, lambda found: self.make_error(None, found))

    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return the error in a reply."""
        return self.make_error(reply.status, read_error(reply))

    def make_error(self, status: int | None, found: ServiceError) -> ProviderError:
        """Return the exception for what the service says; ``status`` is ``None`` in a stream."""
        from provider_sdk.chat_completions._error_classes import error_class  # most calls succeed

        error = error_class(status, found)(
            found.message or "the service reports an error without a message",
            status=status,
            retry_after=found.wait_s,
        )
        hints = [self.hint(error, found), _field_hint(found), *found.warnings]
        error.hint = " ".join(hint for hint in hints if hint) or None
        return error

    def hint(self, error: ProviderError, found: ServiceError) -> str | None:
        """Return what to do about an error."""
        return default_hint(error)

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        """Return the call without what a strict back end rejects.

        That is the request for usage, or the state that earlier answers left in the messages.
        """
        said = str(error)
        named = "stream_options" in said or "include_usage" in said
        if named and call.stream and call.include_usage:
            return replace(call, include_usage=False)
        return without_state(call) if refuses_state(said) else None

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return ``GET /models``; the list has one page."""
        return HttpRequest("GET", "/models", headers={"accept": "application/json"})

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models of the list."""
        from provider_sdk.chat_completions._models import model_page  # a call does not need it

        return model_page(reply)


def foreign_error(reply: HttpReply) -> ProviderError:
    """Return the error in a reply that is not in the calling dialect's protocol.

    Gateways, proxies and frameworks in front of a service report errors as HTML pages, text or
    other JSON. The error has their message, if there is one, and else the class of the status.
    """
    return _DIALECT.parse_error(reply)


def _field_hint(found: ServiceError) -> str | None:
    fields = found.fields[:_MAX_FIELDS]
    unnamed = [field for field in fields if field not in found.message]
    return f"The service names {', '.join(unnamed)}." if unnamed else None


_MAX_FIELDS = 10
_DIALECT = OpenAIDialect()
