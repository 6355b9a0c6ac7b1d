"""The Anthropic Messages API, from the service's side.

Source: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from provider_sdk import ModelInfo

from provider_conformance.wires._answer import (
    Answer,
    Call,
    ErrorKind,
    Failure,
    Frame,
    FrameKind,
    SeenChat,
    Tokens,
)
from provider_conformance.wires._anthropic_request import (
    require_limits,
    seen_messages,
    seen_options,
    surplus,
)
from provider_conformance.wires._base import Route, Wire
from provider_conformance.wires._framing import Framing, sse_framings
from provider_conformance.wires._script import Reply, SeenRequest
from provider_conformance.wires._sources import ANTHROPIC
from provider_conformance.wires._state import sealed
from provider_conformance.wires._traits import ALL_COUNTS, ALL_EFFORTS, Traits

_JSON = {"content-type": "application/json"}
_WITHOUT_SAMPLING = "2026-10-21"
_MODELS_PER_PAGE = 100
_MOST_PER_PAGE = 1000
_NOT_A_CHAT = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"a text"',
    b'{"type":"message","role":"assistant"}',
    b'{"type":"message","content":null}',
    b'{"type":"message","content":"a text"}',
    b'{"type":"message","content":[null]}',
)
_NOT_A_MODEL_LIST = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"a text"',
    b'{"data":null}',
    b'{"data":{}}',
)
_STOP_REASONS = {
    "stop": ("end_turn", "stop_sequence"),
    "length": ("max_tokens", "model_context_window_exceeded"),
    "tool_calls": ("tool_use",),
}
# status, type
_ERRORS: dict[ErrorKind, tuple[int, str]] = {
    "auth": (401, "authentication_error"),
    "permission": (403, "permission_error"),
    "rate_limit": (429, "rate_limit_error"),
    "quota": (402, "billing_error"),
    "model_not_found": (404, "not_found_error"),
    "bad_request": (400, "invalid_request_error"),
    "context_length": (400, "invalid_request_error"),
    "overloaded": (529, "overloaded_error"),
    "server": (500, "api_error"),
    "timeout": (504, "timeout_error"),
}
# Only the message tells a prompt that is too long from other invalid requests.
_TOO_LONG = "prompt is too long: 210001 tokens > 200000 maximum"


class AnthropicWire(Wire):
    """The Messages API, strict about what it demands of requests.

    Args:
        sampling: whether the service is asked for a version that has ``temperature`` and ``top_p``.
    """

    def __init__(self, *, sampling: bool = False) -> None:
        self.documented = ANTHROPIC
        self.traits = replace(
            _TRAITS, forbidden=frozenset() if sampling else frozenset({"temperature", "top_p"})
        )

    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""
        match request.method, request.path:
            case "POST", "/v1/messages":
                return "chat"
            case "GET", "/v1/models":
                return "models"
        return "other"

    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the API key, or the bearer token."""
        return request.headers.get("x-api-key") or request.bearer_token

    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request, decoded into the contract's terms."""
        body = json.loads(request.body)
        version = request.headers.get("anthropic-version")
        if not version:
            raise ValueError("anthropic-version: header is required")
        if not isinstance(body, dict) or not isinstance(body.get("model"), str):
            raise ValueError("model: field required")
        require_limits(body)
        options = seen_options(body)
        if version >= _WITHOUT_SAMPLING and options.keys() & {"temperature", "top_p"}:
            raise ValueError("temperature and top_p: extra inputs are not permitted")
        return SeenChat(
            model=body["model"],
            messages=seen_messages(body),
            options=options,
            stream=body.get("stream") is True,
            body=body,
            surplus=surplus(body),
        )

    def whole(self, answer: Answer) -> Reply:
        """Return a message."""
        content: list[dict[str, Any]] = []
        if answer.reasoning:
            thought = {"thinking": "".join(answer.reasoning), "signature": sealed(answer.state)}
            content.append({"type": "thinking", **thought})
        elif answer.state is not None:
            content += _without_text(answer)
        if answer.pieces:
            content.append({"type": "text", "text": answer.text})
        content += [{**_tool_use(call), "input": dict(call.arguments)} for call in answer.calls]
        message = _message(answer, [{**block, **answer.extra} for block in content])
        message |= _stop(answer)
        if answer.usage is not None:
            message["usage"] = _usage(answer.usage)
        return Reply(headers=_JSON, steps=(_json_bytes(message),))

    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return the events of a message; usage comes with its start and its stop reason."""
        message = _message(answer, []) | {"stop_reason": None, "stop_sequence": None}
        if answer.usage is not None:
            # At the start the service has read all, and written hardly anything.
            begun = replace(answer.usage, completion=answer.usage.completion and 1, reasoning=None)
            message["usage"] = _usage(begun)
        frames = [_frame("start", answer, "message_start", message=message)]
        for index, (start, kind, deltas) in enumerate(_blocks(answer)):
            place = {"index": index}
            frames.append(
                _frame("start", answer, "content_block_start", **place, content_block=start)
            )
            frames += [
                _frame(kind, answer, "content_block_delta", **place, delta=delta)
                for delta in deltas
            ]
            frames.append(_frame("noise", answer, "content_block_stop", **place))
        more = {} if answer.usage is None else {"usage": _usage(answer.usage)}
        frames.append(_frame("finish", answer, "message_delta", delta=_stop(answer), **more))
        return [*frames, _frame("end", answer, "message_stop")]

    def failure(self, failure: Failure) -> Reply:
        """Return an error object."""
        headers = dict(_JSON)
        if failure.retry_after is not None:
            headers["retry-after"] = f"{failure.retry_after:g}"
        status = failure.status or _ERRORS[failure.kind][0]
        return Reply(status, headers, (_json_bytes(_wire_error(failure)),))

    def failure_frame(self, failure: Failure) -> Frame:
        """Return an error object as an event."""
        return Frame("end", _event("error", _wire_error(failure)))

    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return the page of the list that was asked for."""
        return self.described([_plain_model(id) for id in ids], request)

    def described(self, models: Sequence[ModelInfo], request: SeenRequest) -> Reply:
        """Return the page of the list that was asked for; it says how much each model reads."""
        query = parse_qs(request.query)
        after = query.get("after_id", [""])[0]
        begin = next((n for n, model in enumerate(models, 1) if model.id == after), 0)
        limit = query.get("limit", ["20"])[0]
        problem = "" if request.headers.get("anthropic-version") else "anthropic-version: required"
        if not limit.isdecimal() or not 1 <= int(limit[:9]) <= _MOST_PER_PAGE:
            problem = f"limit: must be a number from 1 to {_MOST_PER_PAGE}"
        if problem:
            return self.failure(Failure("bad_request", problem))
        size = min(int(limit), _MODELS_PER_PAGE)
        page = models[begin : begin + size]
        return _model_page(page, has_more=begin + size < len(models))

    def endless_models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a page that names itself as the next one."""
        return _model_page([_plain_model(id) for id in ids], has_more=True)

    def junk(self, text: str) -> bytes:
        """Return an event that holds a page instead of JSON."""
        return f"data: <html>{text}</html>\n\n".encode()

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return the forms that server-sent events may have."""
        return sse_framings(events)

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return a ping, a comment, and a kind of event that is still to be invented."""
        return [
            Frame("noise", self.traits.keep_alive),
            Frame("noise", b": keep-alive\n\n"),
            _frame("noise", answer, "later_event", text=answer.text),
        ]


def _message(answer: Answer, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "model": answer.model,
        "id": "msg_conformance",
        "type": "message",
        "role": "assistant",
        "content": content,
        **answer.extra,
    }


def _stop(answer: Answer) -> dict[str, Any]:
    word = answer.finish_word or _STOP_REASONS.get(answer.finish, ("end_turn",))[0]
    stop: dict[str, Any] = {
        "stop_reason": word,
        "stop_sequence": "\n\n" if word == "stop_sequence" else None,
        "stop_details": None,
    }
    if answer.refusal:
        details = {"type": "refusal", "category": None, "explanation": answer.refusal}
        stop |= {"stop_reason": "refusal", "stop_details": details}
    return stop


def _blocks(
    answer: Answer,
) -> Sequence[tuple[dict[str, Any], FrameKind, Sequence[dict[str, Any]]]]:
    """Return the content blocks of an answer: how each starts, and what is added to it."""
    blocks: list[tuple[dict[str, Any], FrameKind, Sequence[dict[str, Any]]]] = []
    if answer.reasoning:
        start = {"type": "thinking", "thinking": "", "signature": ""}
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in answer.reasoning]
        signed = {"type": "signature_delta", "signature": sealed(answer.state)}
        blocks.append((start, "reasoning", [*deltas, signed]))
    elif answer.state is not None:
        signed, redacted = _without_text(answer)
        signature = {"type": "signature_delta", "signature": signed.pop("signature")}
        blocks.append(({**signed, "signature": ""}, "reasoning", [signature]))
        blocks.append((redacted, "reasoning", []))
    if answer.pieces:
        pieces = [{"type": "text_delta", "text": piece} for piece in answer.pieces]
        blocks.append(({"type": "text", "text": ""}, "text", pieces))
    for call in answer.calls:
        text = call.arguments_text
        half = len(text) // 2
        parts = ["", text[:half], text[half:]]
        deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
        blocks.append((_tool_use(call), "tool", deltas))
    return blocks


def _without_text(answer: Answer) -> list[dict[str, Any]]:
    """Return thinking whose text the service keeps to itself, omitted and encrypted."""
    state = sealed(answer.state)
    omitted = {"type": "thinking", "thinking": "", "signature": state}
    return [omitted, {"type": "redacted_thinking", "data": state}]


def _tool_use(call: Call) -> dict[str, Any]:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}


def _usage(tokens: Tokens) -> dict[str, Any]:
    fresh = None if tokens.prompt is None else tokens.prompt - (tokens.cached or 0)
    usage: dict[str, Any] = {
        "input_tokens": fresh,
        "cache_read_input_tokens": tokens.cached,
        "output_tokens": tokens.completion,
    }
    if tokens.reasoning is not None:
        usage["output_tokens_details"] = {"thinking_tokens": tokens.reasoning}
    return {name: value for name, value in usage.items() if value is not None}


def _wire_error(failure: Failure) -> dict[str, Any]:
    too_long = f"{_TOO_LONG} ({failure.message})"
    message = too_long if failure.kind == "context_length" else failure.message
    error = {"type": _ERRORS[failure.kind][1], "message": message}
    named = {"request_id": failure.request_id} if failure.request_id else {}
    return {"type": "error", "error": error, **named}


def _plain_model(id: str) -> ModelInfo:
    return ModelInfo(id, context_window=200_000)


def _model_page(models: Sequence[ModelInfo], *, has_more: bool) -> Reply:
    ends = (models[0].id, models[-1].id) if models else (None, None)
    body = {
        "data": [_model(model) for model in models],
        "has_more": has_more,
        "first_id": ends[0],
        "last_id": ends[1],
    }
    return Reply(headers=_JSON, steps=(_json_bytes(body),))


def _model(model: ModelInfo) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "model",
        "id": model.id,
        "display_name": model.id,
        "created_at": "2026-06-29T00:00:00Z",
        "lifecycle": "active",
        "max_tokens": 64000,
    }
    if model.context_window is not None:
        entry["max_input_tokens"] = model.context_window
    if model.input_modalities:
        entry["capabilities"] = {
            "image_input": {"supported": "image" in model.input_modalities},
            "structured_outputs": {"supported": model.structured_output},
        }
    return entry


def _frame(kind: FrameKind, answer: Answer, event: str, **fields: Any) -> Frame:
    changed = {
        name: {**value, **answer.extra} if isinstance(value, dict) else value
        for name, value in fields.items()
    }
    return Frame(kind, _event(event, {"type": event, **changed, **answer.extra}))


def _event(name: str, body: Mapping[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), _json_bytes(body))


def _json_bytes(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


_TRAITS = Traits(
    finish_words=_STOP_REASONS,
    other_finishes=True,
    refusals=True,
    text_arguments=frozenset({"stream"}),
    counts=ALL_COUNTS - {"total"},
    always_sent=frozenset({"max_tokens"}),
    keep_alive=_event("ping", {"type": "ping"}),
    nonsense={"chat": _NOT_A_CHAT, "models": _NOT_A_MODEL_LIST},
    request_id_header="request-id",
    state=True,
    system_anywhere=False,
    empty_turns=False,
    joined_turns=True,
    strict_tools=True,
    image_addresses=True,
    efforts=ALL_EFFORTS - {"minimal"},
    model_facts=(
        frozenset({"context_window"}),
        frozenset({"input_modalities", "structured_output"}),
    ),
)
