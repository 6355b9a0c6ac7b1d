"""OpenAI's Responses API, from the service's side.

Sources: https://platform.openai.com/docs/api-reference/responses,
https://platform.openai.com/docs/guides/migrate-to-responses
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from provider_sdk import ModelInfo

from provider_conformance.wires._answer import Answer, ErrorKind, Failure, Frame, SeenChat
from provider_conformance.wires._base import Route, Wire
from provider_conformance.wires._framing import Framing, sse_framings
from provider_conformance.wires._openai_answer import json_bytes, model_list
from provider_conformance.wires._responses_answer import (
    Response,
    named_event,
    response_body,
    response_event,
)
from provider_conformance.wires._responses_request import LEAST_TOKENS, seen_chat
from provider_conformance.wires._script import Reply, SeenRequest
from provider_conformance.wires._sources import RESPONSES
from provider_conformance.wires._traits import ALL_EFFORTS, ALL_SCHEMA_FIELDS, Traits

_JSON = {"content-type": "application/json"}
_NOT_A_RESPONSE = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"a text"',
    b'{"object":"response","status":"completed"}',
    b'{"object":"response","status":"completed","output":null}',
    b'{"object":"response","status":"completed","output":{}}',
    b'{"object":"response","status":"completed","output":[null]}',
    b'{"object":"response","status":"completed","output":"a text"}',
)
_NOT_A_MODEL_LIST = (b"", b"{}", b"null", b"7", b'"a text"', b'{"data":null}', b'{"data":{}}')
# What LM Studio, and what llama.cpp leaves out.
_PIECES_OF_ARGUMENTS = re.compile(rb"event: response\.function_call_arguments\.delta")
_ENDS_OF_TEXTS = re.compile(rb"event: response\.\w*(text|arguments|refusal|part)\.done")
_INVALID = "invalid_request_error"
# status, type, code
_ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    "auth": (401, _INVALID, "invalid_api_key"),
    "permission": (403, "request_forbidden", "unsupported_country_region_territory"),
    "rate_limit": (429, "tokens", "rate_limit_exceeded"),
    "quota": (429, "insufficient_quota", "insufficient_quota"),
    "model_not_found": (400, _INVALID, "model_not_found"),
    "bad_request": (400, _INVALID, "invalid_value"),
    "context_length": (400, _INVALID, "context_length_exceeded"),
    "overloaded": (503, "service_unavailable_error", "server_is_overloaded"),
    "server": (500, "server_error", "server_error"),
    "timeout": (504, "server_error", "server_error"),
}


class ResponsesWire(Wire):
    """The Responses API without stored conversations, strict about what it demands of requests.

    Args:
        base_path: what follows the service's address in ``base_url``.
        sampling: whether the service's models take ``temperature`` and ``top_p``. OpenAI's
            reasoning models reject them.
    """

    documented = RESPONSES

    def __init__(self, *, base_path: str = "/v1", sampling: bool = True) -> None:
        self.base_path = base_path
        forbidden = frozenset() if sampling else frozenset({"temperature", "top_p"})
        self.traits = replace(_TRAITS, forbidden=forbidden)

    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""
        match request.method, request.path:
            case "POST", path if path == f"{self.base_path}/responses":
                return "chat"
            case "GET", path if path == f"{self.base_path}/models":
                return "models"
        return "other"

    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the bearer token."""
        return request.bearer_token

    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request, decoded into the contract's terms."""
        chat = seen_chat(json.loads(request.body))
        for name in sorted(self.traits.forbidden & chat.options.keys()):
            raise ValueError(f"Unsupported parameter: '{name}' is not supported with this model.")
        return chat

    def whole(self, answer: Answer) -> Reply:
        """Return a response."""
        return Reply(headers=_JSON, steps=(json_bytes(Response(answer).whole()),))

    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return the events of a response; the last one holds all of it."""
        return Response(answer).frames()

    def failure(self, failure: Failure) -> Reply:
        """Return an error object."""
        headers = dict(_JSON)
        if failure.retry_after is not None:
            headers["retry-after"] = f"{failure.retry_after:g}"
        status = failure.status or _ERRORS[failure.kind][0]
        return Reply(status, headers, (json_bytes({"error": _wire_error(failure)}),))

    def failure_frame(self, failure: Failure) -> Frame:
        """Return an error in one of the forms that it has in streams.

        A rejection is an event ``error`` and the failed response; an overload is the event alone,
        as the reference documents it; a failure of the service is the failed response alone.
        """
        error = _wire_error(failure)
        failed = response_event("failed", {"sequence_number": 8, "response": _failed(failure)})
        if failure.kind == "server":
            return Frame("end", failed)
        if failure.kind == "overloaded":
            said = {name: error[name] for name in ("code", "message", "param")}
            return Frame("end", named_event("error", {**said, "sequence_number": 7}))
        nested = named_event("error", {"sequence_number": 7, "error": error})
        return Frame("end", nested + failed)

    def failed_answer(self, failure: Failure) -> Reply:
        """Return a response whose status says that it failed."""
        return Reply(headers=_JSON, steps=(json_bytes(_failed(failure)),))

    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return the whole list."""
        return self.described([ModelInfo(id, owned_by="system") for id in ids], request)

    def described(self, models: Sequence[ModelInfo], request: SeenRequest) -> Reply:
        """Return the whole list; beside the ids it says who owns a model."""
        return Reply(headers=_JSON, steps=(json_bytes(model_list(models)),))

    def junk(self, text: str) -> bytes:
        """Return an event that holds a page instead of JSON."""
        return f"data: <html>{text}</html>\n\n".encode()

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return the forms that the events have in services that speak this protocol."""
        done = b"data: [DONE]\n\n"
        return [
            *sse_framings(events),
            Framing("tight", "no names of events", [_unnamed(event) for event in events]),
            Framing("tight", "an empty output at its end", [*events[:-1], _emptied(events[-1])]),
            Framing("tight", "arguments in one piece", _without(_PIECES_OF_ARGUMENTS, events)),
            Framing("tight", "no ends of texts", _without(_ENDS_OF_TEXTS, events)),
            Framing("padding", "[DONE] after its end", [*events, done]),
        ]

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return a comment, a keep-alive, a tool of the service, and an event yet to come."""
        place: dict[str, Any] = {"sequence_number": 9, "output_index": 99}
        call = {"id": "ws_99", "type": "web_search_call", "status": "in_progress"}
        item = {**place, "item_id": call["id"]}
        events = [
            named_event("keepalive", {"sequence_number": 9}),
            response_event("output_item.added", {**place, "item": call}),
            response_event("web_search_call.searching", item),
            response_event("web_search_call.completed", item),
            response_event("output_item.done", {**place, "item": {**call, "status": "completed"}}),
            response_event("later_event.delta", {**item, "delta": answer.text}),
        ]
        return [Frame("noise", data) for data in (self.traits.keep_alive, *events)]


def _wire_error(failure: Failure) -> dict[str, Any]:
    _, kind, code = _ERRORS[failure.kind]
    return {"message": _said(failure), "type": kind, "param": None, "code": code}


def _failed(failure: Failure) -> dict[str, Any]:
    error = {"code": _ERRORS[failure.kind][2], "message": _said(failure)}
    return response_body("failed") | {"error": error, "usage": None}


def _said(failure: Failure) -> str:
    """Return the words of a failure, which are all that tells a wait inside an answer."""
    if failure.retry_after is None:
        return failure.message
    return f"{failure.message} Please try again in {failure.retry_after:g}s."


def _without(names: re.Pattern[bytes], events: Sequence[bytes]) -> list[bytes]:
    return [event for event in events if not names.match(event)]


def _unnamed(event: bytes) -> bytes:
    return b"".join(
        line for line in event.splitlines(keepends=True) if not line.startswith(b"event:")
    )


def _emptied(event: bytes) -> bytes:
    """Return the last event without the output, which the items before it have told."""
    name, _, data = event.partition(b"data: ")
    body = json.loads(data)
    return (
        name
        + b"data: "
        + json_bytes(body | {"response": body["response"] | {"output": []}})
        + b"\n\n"
    )


_TRAITS = Traits(
    finish_words={
        "stop": "completed",
        "length": "max_output_tokens",
        "tool_calls": "completed",
        "content_filter": "content_filter",
    },
    other_finishes=True,
    refusals=True,
    inline_thinking=True,
    text_arguments=frozenset({"whole", "stream"}),
    keep_alive=b": keep-alive\n\n",
    nonsense={"chat": _NOT_A_RESPONSE, "models": _NOT_A_MODEL_LIST},
    request_id_header="x-request-id",
    interleaved_calls=True,
    repeated_ids=True,
    state=True,
    strict_tools=True,
    strict_unless_told=True,
    image_details=True,
    image_addresses=True,
    efforts=ALL_EFFORTS,
    least_tokens=LEAST_TOKENS,
    schema_fields=ALL_SCHEMA_FIELDS,
    model_facts=(frozenset({"owned_by"}),),
)
