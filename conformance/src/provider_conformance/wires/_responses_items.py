"""Writes the output items of a response: what each holds at its end, and how it is streamed.

An answer with opaque state has the form that the newest models write: reasoning is summarised and
encrypted and comes more than once, and messages say whether they are commentary or the final
answer. One without state has the form of open models: one item of reasoning, in plain text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from provider_conformance.wires._answer import Answer, Call, FrameKind
from provider_conformance.wires._state import sealed

_Fields = dict[str, Any]
_Event = tuple[FrameKind, str, _Fields]
"""What one event within an item adds: its kind, its type, and its fields."""

_PARAGRAPHS = "\n\n"
"""What a client puts between the parts of a summary."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an answer's output.

    Attributes:
        kind: the kind of the event with which it begins.
        begun: the item as it begins.
        ended: the item at its end.
        events: what comes between the two in a stream.
    """

    kind: FrameKind
    begun: _Fields
    ended: _Fields
    events: Sequence[_Event]


def output_items(answer: Answer) -> list[Item]:
    """Return the items of an answer, in their order."""
    said = [*_messages(answer), *(_call(answer, call) for call in answer.calls)]
    if answer.state is None:
        return [*([_plain_reasoning(answer)] if answer.reasoning else ()), *said]
    first = [_sealed_reasoning(answer, answer.reasoning, said[:1]), *said[:1]]
    more = said[1:]
    if more and said[0].ended["type"] == "message":
        first.append(_sealed_reasoning(answer, (), more))
    return [*first, *more]


def _messages(answer: Answer) -> list[Item]:
    """Return the messages of an answer; with state, a text of several pieces is two of them."""
    if answer.refusal:
        return [_message(answer, {"type": "refusal"}, "refusal", [answer.refusal], is_last=True)]
    pieces = [answer.pieces] if answer.pieces else []
    if answer.state is not None and not answer.calls and len(answer.pieces) > 1:
        pieces = [answer.pieces[:-1], answer.pieces[-1:]]
    part = {"type": "output_text", "annotations": [], "logprobs": []}
    return [
        _message(answer, part, "text", said, is_last=said is pieces[-1] and not answer.calls)
        for said in pieces
    ]


def _message(
    answer: Answer, part: _Fields, field: str, pieces: Sequence[str], *, is_last: bool
) -> Item:
    """Return a message with one part, whose text is in a field of it."""
    phase = {"phase": "final_answer" if is_last else "commentary"}
    more = {} if answer.state is None else phase
    message = {"type": "message", "role": "assistant", **more, **answer.extra}
    events, whole = _part("text", answer, part, field, pieces)
    begun = {**message, "status": "in_progress", "content": []}
    return Item("start", begun, {**message, "status": _status(answer), "content": [whole]}, events)


def _part(
    kind: FrameKind, answer: Answer, part: _Fields, field: str, pieces: Sequence[str]
) -> tuple[list[_Event], _Fields]:
    """Return the events of the only part of an item, and the part at its end."""
    name, place = part["type"], {"content_index": 0}
    whole = {**part, field: "".join(pieces), **answer.extra}
    logprobs: _Fields = {"logprobs": []} if "logprobs" in part else {}
    events: list[_Event] = [
        ("start", "content_part.added", {**place, "part": {**part, field: ""}}),
        *((kind, f"{name}.delta", {**place, "delta": piece, **logprobs}) for piece in pieces),
        ("noise", f"{name}.done", {**place, field: whole[field], **logprobs}),
        ("noise", "content_part.done", {**place, "part": whole}),
    ]
    return events, whole


def _call(answer: Answer, call: Call) -> Item:
    text = call.arguments_text
    cuts = range(len(text) + 1) if answer.interleaves else (0, len(text) // 2, len(text))
    deltas = [text[start:end] for start, end in pairwise(cuts)]
    item = {"type": "function_call", "call_id": call.id, "name": call.name, **answer.extra}
    name = "function_call_arguments"
    events: list[_Event] = [
        *(("tool", f"{name}.delta", {"delta": delta}) for delta in deltas),
        ("noise", f"{name}.done", {"arguments": text}),
    ]
    begun = {**item, "status": "in_progress", "arguments": ""}
    return Item("tool", begun, {**item, "status": _status(answer), "arguments": text}, events)


def _status(answer: Answer) -> str:
    return "incomplete" if answer.finish in ("length", "content_filter") else "completed"


def _plain_reasoning(answer: Answer) -> Item:
    events, whole = _part("reasoning", answer, {"type": "reasoning_text"}, "text", answer.reasoning)
    item = {"type": "reasoning", "summary": [], **answer.extra}
    return Item("start", {**item, "content": []}, {**item, "content": [whole]}, events)


def _sealed_reasoning(answer: Answer, pieces: Sequence[str], after: Sequence[Item]) -> Item:
    """Return reasoning with its state, which knows what kind of item follows.

    As it begins, the item holds another state than at its end.
    """
    before = after[0].ended["type"] if after else None
    item = {"type": "reasoning", **answer.extra}
    parts = _paragraphs(pieces)
    summary = [{"type": "summary_text", "text": "".join(part), **answer.extra} for part in parts]
    content = sealed({"state": answer.state, "before": before})
    begun = {**item, "summary": [], "encrypted_content": sealed(None)}
    ended = {**item, "summary": summary, "encrypted_content": content}
    return Item("start", begun, ended, [*_summary_events(parts)])


def _summary_events(parts: Sequence[Sequence[str]]) -> Iterator[_Event]:
    for index, pieces in enumerate(parts):
        place = {"summary_index": index}
        text = "".join(pieces)
        empty, whole = ({"type": "summary_text", "text": words} for words in ("", text))
        yield "start", "reasoning_summary_part.added", {**place, "part": empty}
        for piece in pieces:
            yield "reasoning", "reasoning_summary_text.delta", {**place, "delta": piece}
        yield "noise", "reasoning_summary_text.done", {**place, "text": text}
        yield "noise", "reasoning_summary_part.done", {**place, "part": whole}


def _paragraphs(pieces: Sequence[str]) -> list[list[str]]:
    """Return the parts of a summary, each in pieces; without empty ones there is one part."""
    text = "".join(pieces)
    parts = text.split(_PARAGRAPHS) if text else []
    if not all(parts):
        return [list(pieces)]
    ends = [*accumulate(map(len, pieces))]
    found, begin = [], 0
    for part in parts:
        end = begin + len(part)
        cuts = [begin, *(cut for cut in ends if begin < cut < end), end]
        found.append([text[a:b] for a, b in pairwise(cuts)])
        begin = end + len(_PARAGRAPHS)
    return found
