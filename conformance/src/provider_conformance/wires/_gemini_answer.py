"""Writes answers as responses of generateContent, whole and in pieces."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from provider_conformance.wires._answer import (
    Answer,
    Call,
    Change,
    Frame,
    FrameKind,
    Tokens,
    joined_kinds,
)
from provider_conformance.wires._state import sealed

_Fields = dict[str, Any]

FINISH_WORDS: Mapping[str, Sequence[str]] = {
    "stop": ("STOP",),
    "length": ("MAX_TOKENS",),
    # Only the parts tell that an answer calls tools.
    "tool_calls": ("STOP",),
    "content_filter": (
        *("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"),
        "MODEL_ARMOR",
    ),
}


def response(answer: Answer) -> _Fields:
    """Return a whole answer."""
    if answer.refusal:
        return _blocked(answer)
    parts = [part for _, fields in _changes(_joined(answer)) for part in fields.values()]
    return _body(answer, _signed(answer, parts), answer.usage, _finish(answer))


def chunks(answer: Answer) -> Sequence[Frame]:
    """Return a streamed answer, one piece per event.

    Running usage comes with the pieces, and what is left of it with the finish reason; the report
    then follows in an event of its own. The signature of an answer without calls comes in a part
    without text beside the finish reason, or with the last piece if that is there as well.
    """
    if answer.refusal:
        return [_frame("finish", _blocked(answer))]
    changes = [*_changes(answer)]
    last: _Fields = {"text": {"text": ""}} if answer.pieces else {}
    if answer.joins_finish and changes:
        changes = joined_kinds(changes)
        _, last = changes.pop()
    running = iter(answer.running_usage)
    frames = [
        _frame(kind, _body(answer, [*fields.values()], next(running, None)))
        for kind, fields in changes
    ]
    beside = next(running, None)
    parts = _signed(answer, [*last.values()])
    last_body = _body(answer, parts, beside or answer.usage, _finish(answer))
    frames.append(_frame("finish", last_body))
    if beside and answer.usage:
        frames.append(_frame("usage", _names(answer) | _usage(answer.usage)))
    return frames


def empty_chunks(answer: Answer) -> Sequence[Frame]:
    """Return responses that say nothing of an answer, as the service sends them between others.

    Old models say with every piece that the answer stopped; only the last one means it.
    """
    later = {"laterPart": {"text": answer.text}}
    contents: Sequence[Sequence[_Fields]] = ([], [{"text": ""}], [later])
    return [
        _frame("noise", _names(answer)),
        *(_frame("noise", _body(answer, parts)) for parts in contents),
        _frame("noise", _body(answer, [], finish="STOP")),
    ]


def _joined(answer: Answer) -> Answer:
    """Return the answer with text and reasoning in one piece each."""
    text, thought = answer.text, "".join(answer.reasoning)
    return replace(
        answer,
        pieces=(text,) if answer.pieces else (),
        reasoning=(thought,) if answer.reasoning else (),
    )


def _changes(answer: Answer) -> Iterator[Change]:
    """Yield the parts of an answer, each under a name for its kind."""
    for piece in answer.reasoning:
        yield "reasoning", {"thought": {"text": piece, "thought": True, **answer.extra}}
    for piece in answer.pieces:
        yield "text", {"text": {"text": piece, **answer.extra}}
    for number, call in enumerate(answer.calls):
        # Of the calls of one answer, the first one is signed.
        signature = {} if number else _signature(answer)
        yield "tool", {"call": {"functionCall": _wire_call(call), **signature, **answer.extra}}


def _signed(answer: Answer, parts: list[_Fields]) -> list[_Fields]:
    """Return parts whose last one, if it is a text, is signed; calls are signed already."""
    if answer.calls or answer.state is None:
        return parts
    if not parts or parts[-1].get("thought"):
        return [*parts, {"text": "", **_signature(answer)}]
    return [*parts[:-1], {**parts[-1], **_signature(answer)}]


def _signature(answer: Answer) -> _Fields:
    return {} if answer.state is None else {"thoughtSignature": sealed(answer.state)}


def _wire_call(call: Call) -> _Fields:
    id = {"id": call.id} if call.id else {}
    return {**id, "name": call.name, "args": dict(call.arguments)}


def _body(
    answer: Answer, parts: Sequence[_Fields], tokens: Tokens | None = None, finish: str = ""
) -> _Fields:
    """Return a response; the candidate that ends an answer without parts has no content."""
    content: _Fields = {"parts": list(parts)} if parts else {}
    candidate: _Fields = {"content": {**content, "role": "model", **answer.extra}}
    if finish:
        candidate = {**(candidate if parts else {}), "finishReason": finish}
    candidate |= {"index": 0, **answer.extra}
    return {"candidates": [candidate], **_usage(tokens), **_names(answer)}


def _blocked(answer: Answer) -> _Fields:
    """Return the response to a prompt that was blocked, which has no candidates."""
    feedback = {"blockReason": "SAFETY", "blockReasonMessage": answer.refusal, **answer.extra}
    return {"promptFeedback": feedback, **_usage(answer.usage), **_names(answer)}


def _finish(answer: Answer) -> str:
    return answer.finish_word or FINISH_WORDS[answer.finish][0]


def _names(answer: Answer) -> _Fields:
    id = {"responseId": answer.request_id} if answer.request_id else {}
    return {"modelVersion": answer.model, **id, **answer.extra}


def _usage(tokens: Tokens | None) -> _Fields:
    if tokens is None:
        return {}
    written = tokens.completion
    counts = {
        "promptTokenCount": tokens.prompt,
        "cachedContentTokenCount": tokens.cached,
        "candidatesTokenCount": None if written is None else written - (tokens.reasoning or 0),
        "thoughtsTokenCount": tokens.reasoning,
        "totalTokenCount": tokens.total,
    }
    return {"usageMetadata": {name: count for name, count in counts.items() if count is not None}}


def _frame(kind: FrameKind, body: _Fields) -> Frame:
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Frame(kind, f"data: {data}\n\n".encode())
