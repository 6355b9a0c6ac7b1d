"""Writes answers as chat completions, whole and in chunks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from provider_sdk import ModelInfo

from provider_conformance.wires._answer import (
    Answer,
    Call,
    Frame,
    FrameKind,
    Tokens,
    joined_kinds,
)
from provider_conformance.wires._state import sealed

_Fields = dict[str, Any]

SEALED_BLOCK: Mapping[str, Any] = {
    "type": "reasoning.encrypted",
    "index": 0,
    "id": None,
    "format": "unknown",
}
"""A block of ``reasoning_details``, without its data."""


@dataclass(frozen=True, slots=True)
class ChatCompletion:
    """One answer as a chat completion.

    Attributes:
        answer: what to write.
        reasoning_field: the field of messages and deltas that holds reasoning, if there is one.
        float_counts: whether token counts are written with a decimal point.
    """

    answer: Answer
    reasoning_field: str | None
    float_counts: bool = False

    def whole(self) -> _Fields:
        """Return the whole completion."""
        answer = self.answer
        text = answer.text if answer.pieces else None
        message: _Fields = {"role": "assistant", "content": text, **answer.extra}
        if answer.reasoning and self.reasoning_field:
            message[self.reasoning_field] = "".join(answer.reasoning)
        if answer.refusal:
            message["refusal"] = answer.refusal
        if answer.state is not None:
            message["reasoning_details"] = [_details(answer)]
        if answer.calls:
            message["tool_calls"] = [
                {**_wire_call(call), **_signature(answer, n)} for n, call in enumerate(answer.calls)
            ]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self._finish()}
        body = self.body("chat.completion") | {"choices": [choice]}
        if answer.usage is not None:
            body["usage"] = self.usage(answer.usage)
        return body

    def frames(self, *, with_usage: bool) -> Sequence[Frame]:
        """Return the chunks and the terminator.

        Usage comes in a chunk of its own; running usage comes with the pieces of text, and what is
        left of it with the finish reason. An answer that joins its finish reason is written as
        tightly as back ends do: the role comes with the first piece, each call in one fragment, the
        first piece of a kind with the last of another, and finish reason and usage with the last.
        """
        answer, changes = self.answer, [*self._changes()]
        report = answer.usage if with_usage else None
        running = iter(answer.running_usage if with_usage else ())
        last: _Fields = {}
        if answer.joins_finish and changes:
            changes = joined_kinds(changes)
            changes[0][1]["role"] = "assistant"
            _, last = changes.pop()
        else:
            changes.insert(0, ("start", {"role": "assistant", "content": ""}))
        frames = [*self._chunks(changes, running)]
        beside = report if answer.joins_finish else next(running, None)
        more: _Fields = {} if beside is None else {"usage": self.usage(beside)}
        frames.append(self.chunk("finish", last, finish=self._finish(), **more))
        if report is not None and not answer.joins_finish:
            usage = self.body() | {"choices": [], "usage": self.usage(report)}
            frames.append(Frame("usage", event(usage)))
        return [*frames, Frame("end", b"data: [DONE]\n\n")]

    def chunk(
        self, kind: FrameKind, delta: Mapping[str, Any], finish: str | None = None, **more: Any
    ) -> Frame:
        """Return a chunk with a delta."""
        change = {**delta, **self.answer.extra}
        choice = {"index": 0, "delta": change, "logprobs": None, "finish_reason": finish}
        return Frame(kind, event(self.body() | {"choices": [choice]} | more))

    def body(self, kind: str = "chat.completion.chunk") -> _Fields:
        """Return what every chunk says of the answer."""
        return {
            "id": "chatcmpl-conformance",
            "object": kind,
            "created": 1,
            "model": self.answer.model,
            **self.answer.extra,
        }

    def usage(self, tokens: Tokens) -> _Fields:
        """Return token counts."""
        usage: _Fields = {
            "prompt_tokens": self._count(tokens.prompt),
            "completion_tokens": self._count(tokens.completion),
            "total_tokens": self._count(tokens.total),
        }
        if tokens.cached is not None:
            usage["prompt_tokens_details"] = {"cached_tokens": self._count(tokens.cached)}
        if tokens.reasoning is not None:
            reasoning = {"reasoning_tokens": self._count(tokens.reasoning)}
            usage["completion_tokens_details"] = reasoning
        return {name: value for name, value in usage.items() if value is not None}

    def _count(self, count: int | None) -> float | None:
        return float(count) if self.float_counts and count is not None else count

    def _finish(self) -> str:
        return self.answer.finish_word or self.answer.finish

    def _changes(self) -> Iterator[tuple[FrameKind, _Fields]]:
        answer = self.answer
        if field := self.reasoning_field:
            yield from (("reasoning", {field: piece}) for piece in answer.reasoning)
        if answer.state is not None:
            yield "reasoning", {"reasoning_details": [_details(answer)]}
        for piece in answer.pieces:
            yield "text", {"content": piece}
        if answer.refusal:
            yield "text", {"refusal": answer.refusal}
        for parts in _fragments(answer):
            yield "tool", {"tool_calls": parts}

    def _chunks(
        self, changes: Sequence[tuple[FrameKind, _Fields]], running: Iterator[Tokens]
    ) -> Iterator[Frame]:
        for kind, delta in changes:
            tokens = next(running, None) if kind == "text" else None
            more: _Fields = {} if tokens is None else {"usage": self.usage(tokens)}
            yield self.chunk(kind, delta, **more)


def event(body: Mapping[str, Any]) -> bytes:
    """Return a server-sent event with a JSON body."""
    return b"data: " + json_bytes(body) + b"\n\n"


def json_bytes(body: Mapping[str, Any]) -> bytes:
    """Return a body as JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def model_list(models: Sequence[ModelInfo]) -> _Fields:
    """Return the list of models, which says beside the ids who owns them."""
    data: list[_Fields] = []
    for model in models:
        data.append({"id": model.id, "object": "model", "created": 1})
        if model.owned_by is not None:
            data[-1]["owned_by"] = model.owned_by
    return {"object": "list", "data": data}


def _wire_call(call: Call, arguments: str | None = None) -> _Fields:
    text = call.arguments_text if arguments is None else arguments
    function = {"name": call.name, "arguments": text}
    id = {"id": call.id} if call.id else {}
    return {**id, "type": "function", "function": function}


def _fragments(answer: Answer) -> Iterator[list[_Fields]]:
    if answer.interleaves:
        return _in_turns(answer)
    if answer.joins_finish:
        return ([_beginning(answer, n, c.arguments_text)] for n, c in enumerate(answer.calls))
    return _one_by_one(answer)


def _one_by_one(answer: Answer) -> Iterator[list[_Fields]]:
    for index, call in enumerate(answer.calls):
        text = call.arguments_text
        half = len(text) // 2
        yield [_beginning(answer, index, text[:half])]
        yield [_more(index, text[half:])]


def _in_turns(answer: Answer) -> Iterator[list[_Fields]]:
    """Yield all calls in one event, then single characters of their arguments in turns.

    In the first event, each call has two fragments: its name, and its first character.
    """
    texts = [call.arguments_text for call in answer.calls]
    begun = [_beginning(answer, index, "") for index in range(len(texts))]
    yield [part for n, text in enumerate(texts) for part in (begun[n], _more(n, text[:1]))]
    for characters in zip_longest(*(text[1:] for text in texts)):
        for index, character in enumerate(characters):
            if character is not None:
                yield [_more(index, character)]


def _more(index: int, arguments: str) -> _Fields:
    return {"index": index, "function": {"arguments": arguments}}


def _beginning(answer: Answer, index: int, arguments: str) -> _Fields:
    call = _wire_call(answer.calls[index], arguments)
    return {"index": index, **call, **_signature(answer, index)}


# Opaque state has two places: OpenRouter's ``reasoning_details``
# (https://openrouter.ai/docs/use-cases/reasoning-tokens), and ``extra_content`` of the first call,
# where Gemini's compatible service puts a signature
# (https://ai.google.dev/gemini-api/docs/thought-signatures).


def _details(answer: Answer) -> _Fields:
    return {**SEALED_BLOCK, "data": sealed(answer.state)}


def _signature(answer: Answer, index: int) -> _Fields:
    if answer.state is None or index:
        return {}
    return {"extra_content": {"google": {"thought_signature": sealed(answer.state)}}}
