"""Ollama's own protocol, from the service's side.

Source: https://docs.ollama.com/api
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

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
    joined_kinds,
)
from provider_conformance.wires._base import Route, Wire
from provider_conformance.wires._framing import Framing, line_framings
from provider_conformance.wires._ollama_request import seen_chat
from provider_conformance.wires._script import Reply, SeenRequest
from provider_conformance.wires._sources import OLLAMA
from provider_conformance.wires._traits import ALL_EFFORTS, Traits

_JSON = {"content-type": "application/json; charset=utf-8"}
_CREATED = "2026-08-07T06:08:09.335586Z"
_NOT_A_CHAT = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"a text"',
    b'{"message":null}',
    b'{"message":"a text"}',
    b'{"done":true,"done_reason":"stop"}',
)
_NOT_A_MODEL_LIST = (b"", b"{}", b"[]", b"null", b"7", b'"a text"', b'{"models":{}}')
_ERRORS: dict[ErrorKind, int] = {
    "auth": 401,
    "permission": 403,
    "rate_limit": 429,
    "quota": 402,
    "model_not_found": 404,
    "bad_request": 400,
    "context_length": 400,
    "overloaded": 503,
    "server": 500,
    "timeout": 504,
}
# The protocol has no codes: these words say what an error is.
_SAID: dict[ErrorKind, str] = {
    "auth": "unauthorized",
    "rate_limit": "too many requests",
    "model_not_found": "model 'm' not found",
    "context_length": "the input length exceeds the context length",
    "overloaded": "server busy, please try again.  maximum pending requests exceeded",
    "server": "an error was encountered while running the model",
}


class OllamaWire(Wire):
    """Ollama's ``/api/chat`` and ``/api/tags``."""

    stream_type = "application/x-ndjson"
    documented = OLLAMA
    traits = Traits(
        finish_words={"stop": "stop", "length": "length", "tool_calls": "stop"},
        other_finishes=True,
        inline_thinking=True,
        tool_choices=frozenset({"auto"}),
        image_types=False,
        counts=frozenset({"prompt", "completion", "cached"}),
        keep_alive=b"\n",
        joined_finish=True,
        anonymous_calls=True,
        repeated_ids=True,
        nonsense={"chat": _NOT_A_CHAT, "models": _NOT_A_MODEL_LIST},
        own_fields=frozenset({"reasoning_content"}),
        efforts=ALL_EFFORTS - {"minimal", "xhigh"},
        model_facts=(
            frozenset({"context_window"}),
            frozenset({"input_modalities", "output_modalities", "tools"}),
            frozenset({"owned_by"}),
        ),
    )

    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""
        match request.method, request.path:
            case "POST", "/api/chat":
                return "chat"
            case "GET", "/api/tags":
                return "models"
        return "other"

    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the bearer token."""
        return request.bearer_token

    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request, decoded into the contract's terms."""
        return seen_chat(json.loads(request.body))

    def whole(self, answer: Answer) -> Reply:
        """Return one object with the whole answer."""
        message: dict[str, Any] = {"content": answer.text} | _thinking("".join(answer.reasoning))
        if answer.calls:
            message["tool_calls"] = [_wire_call(n, call) for n, call in enumerate(answer.calls)]
        body = _line(answer, message, done=True) | _end(answer)
        return Reply(headers=_JSON, steps=(_json_bytes(body),))

    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return one line per piece; the last one ends the answer and has the counts."""
        changes = [*_changes(answer)]
        last = {"content": ""}
        if answer.joins_finish and changes:
            changes = joined_kinds(changes)
            _, last = changes.pop()
        frames = [_frame(kind, answer, message) for kind, message in changes]
        end = _line(answer, last, done=True) | _end(answer)
        return [*frames, Frame("end", _json_bytes(end) + b"\n")]

    def failure(self, failure: Failure) -> Reply:
        """Return an error with a text."""
        headers = dict(_JSON)
        if failure.retry_after is not None:
            headers["retry-after"] = f"{failure.retry_after:g}"
        status = failure.status or _ERRORS[failure.kind]
        return Reply(status, headers, (_json_bytes(_wire_error(failure)),))

    def failure_frame(self, failure: Failure) -> Frame:
        """Return an error as a line."""
        return Frame("end", _json_bytes(_wire_error(failure)) + b"\n")

    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return the whole list."""
        return Reply(headers=_JSON, steps=(_json_bytes({"models": [_model(id) for id in ids]}),))

    def described(self, models: Sequence[ModelInfo], request: SeenRequest) -> Reply:
        """Return the whole list; a model whose abilities are not known has no field for them."""
        entries = [_model(model.id) | _facts(model) for model in models]
        return Reply(headers=_JSON, steps=(_json_bytes({"models": entries}),))

    def junk(self, text: str) -> bytes:
        """Return a line that is not JSON."""
        return f"upstream: <html>{text}</html>\n".encode()

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return the forms that lines of JSON may have."""
        return line_framings(events)

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return a line without content, as the service sends them between tool calls."""
        return [_frame("noise", answer, {"content": ""})]


def _changes(answer: Answer) -> Iterator[tuple[FrameKind, dict[str, Any]]]:
    for piece in answer.reasoning:
        yield "reasoning", {"content": "", "thinking": piece}
    for piece in answer.pieces:
        yield "text", {"content": piece}
    for index, call in enumerate(answer.calls):
        yield "tool", {"content": "", "tool_calls": [_wire_call(index, call)]}


def _thinking(text: str) -> dict[str, Any]:
    return {"thinking": text} if text else {}


def _line(answer: Answer, message: Mapping[str, Any], *, done: bool) -> dict[str, Any]:
    line = {"model": answer.model, "created_at": _CREATED, **answer.extra}
    return line | {"message": {"role": "assistant", **message, **answer.extra}, "done": done}


def _end(answer: Answer) -> dict[str, Any]:
    finish = "stop" if answer.finish == "tool_calls" else answer.finish
    end: dict[str, Any] = {"done_reason": answer.finish_word or finish, "total_duration": 1}
    return end | (_counts(answer.usage) if answer.usage else {})


def _counts(tokens: Tokens) -> dict[str, int]:
    counts = {
        "prompt_eval_count": tokens.prompt,
        "prompt_eval_cached_count": tokens.cached,
        "eval_count": tokens.completion,
    }
    return {name: value for name, value in counts.items() if value is not None}


def _frame(kind: FrameKind, answer: Answer, message: Mapping[str, Any]) -> Frame:
    return Frame(kind, _json_bytes(_line(answer, message, done=False)) + b"\n")


def _wire_call(index: int, call: Call) -> dict[str, Any]:
    function = {"index": index, "name": call.name, "arguments": dict(call.arguments)}
    id = {"id": call.id} if call.id else {}
    return {**id, "function": function}


def _wire_error(failure: Failure) -> dict[str, Any]:
    said = _SAID.get(failure.kind)
    return {"error": f"{said}: {failure.message}" if said else failure.message}


def _model(id: str) -> dict[str, Any]:
    details = {"parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"]}
    size = {"parameter_size": "1B", "quantization_level": "Q4_0"}
    return {
        "name": id,
        "model": id,
        "modified_at": "2026-03-27T20:09:18.017039337Z",
        "size": 1,
        "digest": "0" * 64,
        "details": details | size,
        "capabilities": ["completion", "tools"],
    }


def _facts(model: ModelInfo) -> dict[str, Any]:
    facts: dict[str, Any] = {"capabilities": None}
    if model.output_modalities:
        abilities = {
            "completion": True,
            "tools": model.tools,
            "vision": "image" in model.input_modalities,
        }
        facts["capabilities"] = [name for name, has in abilities.items() if has]
    if model.context_window is not None:
        facts["details"] = _model(model.id)["details"] | {"context_length": model.context_window}
    return facts | ({"remote_host": model.owned_by} if model.owned_by else {})


def _json_bytes(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
