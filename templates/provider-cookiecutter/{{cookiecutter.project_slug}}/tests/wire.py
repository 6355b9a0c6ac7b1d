{% set stem = cookiecutter.class_name.removesuffix("Provider") %}
"""The protocol from the service's side, for the kit's scripted service.

It shares no code with the dialect: both would make the same mistake, and no check would see it.
A method marked ``@sample`` speaks the sample protocol; remove the mark when you replace the method.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from provider_conformance.wires import (
    Answer,
    Call,
    ErrorKind,
    Failure,
    Frame,
    FrameKind,
    Framing,
    Reply,
    Route,
    SeenChat,
    SeenMessage,
    SeenRequest,
    Tokens,
    Traits,
    Wire,
    sample,
    seen_arguments,
)

_JSON = {"content-type": "application/json"}
_FINISH = {"stop": "done", "length": "limit", "tool_calls": "calls", "content_filter": "filtered"}
_ERRORS: dict[ErrorKind, tuple[int, str]] = {
    "auth": (401, "key"),
    "permission": (403, "scope"),
    "rate_limit": (429, "pace"),
    "quota": (429, "credit"),
    "model_not_found": (404, "model"),
    "bad_request": (400, "request"),
    "context_length": (400, "size"),
    "overloaded": (503, "busy"),
    "server": (500, "fault"),
    "timeout": (504, "late"),
}
_OPTIONS = (
    "temperature",
    "top_p",
    "max_tokens",
    "stop",
    "seed",
    "tools",
    "tool_choice",
    "response_format",
    "reasoning_effort",
)
_FIELDS = frozenset({"model", "stream", "turns", *_OPTIONS})
_EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})
_NO_ANSWER = (b"", b"{}", b"[]", b"null", b"7", b'{"text":"a"}', b'{"finish":null}')
_NO_MODELS = (b"", b"{}", b"[]", b"null", b"7", b'{"models":null}', b'{"models":{}}')


class {{ stem }}Wire(Wire):
    """Reads requests and writes replies, as the service does."""

    stream_type = "application/x-ndjson"
    traits = Traits(
        finish_words=_FINISH,
        other_finishes=True,
        text_arguments=frozenset({"whole", "stream"}),
        counts=frozenset({"prompt", "completion"}),
        keep_alive=b"\n",
        nonsense={"chat": _NO_ANSWER, "models": _NO_MODELS},
        strict_tools=True,
        image_addresses=True,
        efforts=_EFFORTS,
        schema_fields=frozenset({"name", "description", "strict"}),
    )

    @sample
    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""
        match request.method, request.path:
            case "POST", "/chat":
                return "chat"
            case "GET", "/models":
                return "models"
        return "other"

    @sample
    def credential_of(self, request: SeenRequest) -> str | None:
{% if cookiecutter.credential == "none" %}
        """Return ``None``: a wire must have this method, but the service wants no credential."""
        return None
{% else %}
        """Return the key from its header."""
        return request.headers.get("x-key")
{% endif %}

    @sample
    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request as the kit describes it."""
        body = json.loads(request.body)
        return SeenChat(
            model=body["model"],
            messages=[_message(turn) for turn in body["turns"]],
            options={name: body[name] for name in _OPTIONS if name in body},
            stream=body["stream"],
            body=body,
            surplus={name: value for name, value in body.items() if name not in _FIELDS},
        )

    @sample
    def whole(self, answer: Answer) -> Reply:
        """Return the whole answer as one object."""
        body = {
            "model": answer.model,
            "text": answer.text,
            "reasoning": "".join(answer.reasoning),
            "calls": [_call(call) for call in answer.calls],
            "finish": _finish(answer),
            **answer.extra,
        }
        if answer.usage is not None:
            body["usage"] = _usage(answer.usage)
        return Reply(headers=_JSON, steps=(_line(body),))

    @sample
    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return one object per line, each with what it adds."""
        frames = [_frame("start", model=answer.model, **answer.extra)]
        frames += [_frame("reasoning", reasoning=piece) for piece in answer.reasoning]
        frames += [_frame("text", text=piece) for piece in answer.pieces]
        frames += [_frame("tool", calls=[_call(call)]) for call in answer.calls]
        if answer.usage is not None:
            frames.append(_frame("usage", usage=_usage(answer.usage)))
        return [*frames, _frame("finish", finish=_finish(answer))]

    @sample
    def failure(self, failure: Failure) -> Reply:
        """Return an error reply with its status."""
        status = failure.status or _ERRORS[failure.kind][0]
        wait = failure.retry_after
        headers = _JSON if wait is None else {**_JSON, "retry-after": f"{wait:g}"}
        return Reply(status, headers, (_line(_error(failure)),))

    @sample
    def failure_frame(self, failure: Failure) -> Frame:
        """Return an error as a line of a stream."""
        return _frame("end", **_error(failure))

    @sample
    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return the whole list."""
        return Reply(headers=_JSON, steps=(_line({"models": list(ids)}),))

    @sample
    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return the events with other line ends, and with blank lines between them."""
        return [
            Framing("line_ends", "CRLF", [event.replace(b"\n", b"\r\n") for event in events]),
            Framing("padding", "blank lines", [b"\n\n" + event for event in events]),
        ]

    @sample
    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return a blank line, an empty piece of text, and an unknown field."""
        return [Frame("noise", b"\n"), _frame("noise", text=""), _frame("noise", mood="cheerful")]


def _message(turn: Mapping[str, Any]) -> SeenMessage:
    calls = [(c["id"], c["name"], seen_arguments(c["arguments"])) for c in turn.get("calls", ())]
    return SeenMessage(
        turn["role"],
        turn["text"],
        images=turn.get("images", ()),
        calls=calls,
        answers=turn.get("answers"),
    )


def _call(call: Call) -> dict[str, str]:
    return {"id": call.id, "name": call.name, "arguments": call.arguments_text}


def _usage(tokens: Tokens) -> dict[str, int]:
    counts = {"read": tokens.prompt, "written": tokens.completion}
    return {name: count for name, count in counts.items() if count is not None}


def _finish(answer: Answer) -> str:
    return answer.finish_word or _FINISH[answer.finish]


def _error(failure: Failure) -> dict[str, Any]:
    return {"error": {"code": _ERRORS[failure.kind][1], "message": failure.message}}


def _frame(kind: FrameKind, **fields: Any) -> Frame:
    return Frame(kind, _line(fields))


def _line(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode() + b"\n"
