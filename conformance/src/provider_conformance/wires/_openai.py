"""OpenAI chat completions, from the service's side.

Sources: https://platform.openai.com/docs/api-reference/chat,
https://huggingface.co/docs/inference-providers
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from provider_sdk import ModelInfo

from provider_conformance.wires._answer import (
    Answer,
    ErrorKind,
    Failure,
    Frame,
    SeenChat,
)
from provider_conformance.wires._base import Route, Wire
from provider_conformance.wires._documented import Documented
from provider_conformance.wires._framing import Framing, sse_framings
from provider_conformance.wires._openai_answer import (
    ChatCompletion,
    event,
    json_bytes,
    model_list,
)
from provider_conformance.wires._openai_request import seen_chat
from provider_conformance.wires._script import Reply, SeenRequest
from provider_conformance.wires._sources import openai_sources
from provider_conformance.wires._traits import (
    ALL_EFFORTS,
    ALL_OWN_FIELDS,
    ALL_SCHEMA_FIELDS,
    Traits,
)

_JSON = {"content-type": "application/json"}
_NOT_A_CHAT = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"a text"',
    b'{"choices":null}',
    b'{"choices":[]}',
    b'{"choices":[null]}',
    b'{"choices":[{"index":0,"finish_reason":"stop"}]}',
)
_NOT_A_MODEL_LIST = (b"", b"{}", b"null", b"7", b'"a text"', b'{"data":null}', b'{"data":{}}')
_NOT_AN_ACCOUNT = (b"", b"null", b"{}", b'"a text"')
_TRAITS = Traits(
    finish_words={word: word for word in ("stop", "length", "tool_calls", "content_filter")},
    other_finishes=True,
    refusals=True,
    inline_thinking=True,
    text_arguments=frozenset({"whole", "stream"}),
    usage_flag="stream_options",
    running_usage=True,
    keep_alive=b": keep-alive\n\n",
    nonsense={"chat": _NOT_A_CHAT, "models": _NOT_A_MODEL_LIST, "token": _NOT_AN_ACCOUNT},
    request_id_header="x-request-id",
    joined_finish=True,
    interleaved_calls=True,
    anonymous_calls=True,
    repeated_ids=True,
    state=True,
    strict_tools=True,
    image_details=True,
    image_addresses=True,
    own_fields=ALL_OWN_FIELDS,
    efforts=ALL_EFFORTS,
    schema_fields=ALL_SCHEMA_FIELDS,
    model_facts=(frozenset({"owned_by"}),),
)
# status, type, code
_ERRORS: dict[ErrorKind, tuple[int, str, str | None]] = {
    "auth": (401, "invalid_request_error", "invalid_api_key"),
    "permission": (403, "request_forbidden", "unsupported_country_region_territory"),
    "rate_limit": (429, "requests", "rate_limit_exceeded"),
    "quota": (429, "insufficient_quota", "insufficient_quota"),
    "model_not_found": (404, "invalid_request_error", "model_not_found"),
    "bad_request": (400, "invalid_request_error", "invalid_value"),
    "context_length": (400, "invalid_request_error", "context_length_exceeded"),
    "overloaded": (503, "service_unavailable_error", "server_is_overloaded"),
    "server": (500, "server_error", None),
    "timeout": (504, "server_error", None),
}


class OpenAIWire(Wire):
    """OpenAI chat completions.

    Args:
        token_path: path of an endpoint that only checks credentials, if there is one; the model
            list is then public.
        base_path: what follows the service's address in ``base_url``.
        backend_header: the response header in which a router names the back end.
        reasoning_field: the field of messages and deltas that holds reasoning. Compatible services
            use this one or ``reasoning``; OpenAI has none: ``None``.
        documented: what a compatible service is documented to send beyond OpenAI's reference.
    """

    def __init__(
        self,
        *,
        token_path: str | None = None,
        base_path: str = "/v1",
        backend_header: str | None = None,
        reasoning_field: str | None = "reasoning_content",
        documented: Sequence[Documented] = (),
    ) -> None:
        self.base_path = base_path
        returns = reasoning_field is not None
        self.traits = replace(
            _TRAITS, backend_header=backend_header, returns_reasoning=returns, state=returns
        )
        self.documented = (*openai_sources(reasoning_field), *documented)
        self.public_models = token_path is not None
        self._token_path = token_path
        self._reasoning_field = reasoning_field

    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""
        match request.method, request.path:
            case "POST", path if path == f"{self.base_path}/chat/completions":
                return "chat"
            case "GET", path if path == f"{self.base_path}/models":
                return "models"
            case "GET", path if path == self._token_path:
                return "token"
        return "other"

    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the bearer token."""
        return request.bearer_token

    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request, decoded into the contract's terms."""
        return seen_chat(json.loads(request.body))

    def whole(self, answer: Answer) -> Reply:
        """Return a chat completion."""
        return Reply(headers=_JSON, steps=(json_bytes(self._completion(answer).whole()),))

    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return chunks, with usage if the request asked for it."""
        return self._completion(answer).frames(with_usage=chat.wants_usage)

    def failure(self, failure: Failure) -> Reply:
        """Return an error object."""
        status = failure.status or _ERRORS[failure.kind][0]
        headers = dict(_JSON)
        if failure.retry_after is not None:
            headers["retry-after"] = f"{failure.retry_after:g}"
        return Reply(status, headers, (json_bytes(_wire_error(failure)),))

    def failure_frame(self, failure: Failure) -> Frame:
        """Return an error object as an event."""
        return Frame("end", event(_wire_error(failure)))

    def failed_answer(self, failure: Failure) -> Reply:
        """Return an error object under status 200, as routers send it once a back end has begun."""
        return replace(self.failure(failure), status=200)

    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return the whole list."""
        return self.described([ModelInfo(id, owned_by="system") for id in ids], request)

    def described(self, models: Sequence[ModelInfo], request: SeenRequest) -> Reply:
        """Return the whole list; beside the ids it says who owns a model."""
        return Reply(headers=_JSON, steps=(json_bytes(model_list(models)),))

    def account(self) -> Reply:
        """Return an account object."""
        return Reply(headers=_JSON, steps=(json_bytes({"type": "user", "name": "conformance"}),))

    def junk(self, text: str) -> bytes:
        """Return an event that holds a page instead of JSON."""
        return f"data: <html>{text}</html>\n\n".encode()

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return the forms that server-sent events may have."""
        return sse_framings(events)

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return a comment and chunks without content, as proxies and back ends send them."""
        completion = self._completion(answer)
        deltas: Sequence[dict[str, Any]] = ({}, {"content": None}, {"role": "assistant"})
        empty = [completion.chunk("noise", delta) for delta in deltas]
        none = completion.body() | {"choices": [], "usage": None}
        return [Frame("noise", self.traits.keep_alive), *empty, Frame("noise", event(none))]

    def _completion(self, answer: Answer) -> ChatCompletion:
        return ChatCompletion(answer, self._reasoning_field, self.traits.float_counts)


def _wire_error(failure: Failure) -> dict[str, Any]:
    _, kind, code = _ERRORS[failure.kind]
    return {"error": {"message": failure.message, "type": kind, "param": None, "code": code}}
