"""Writes answers as responses: whole, and as the events of a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from provider_conformance.wires._answer import Answer, Frame, FrameKind, Tokens
from provider_conformance.wires._openai_answer import json_bytes
from provider_conformance.wires._responses_items import Item, output_items

_Fields = dict[str, Any]
_Event = tuple[FrameKind, str, _Fields]
_COMPLETED = "completed"
_CUT = {"length": "max_output_tokens", "content_filter": "content_filter"}
_IDS = {"reasoning": "rs", "message": "msg", "function_call": "fc"}


@dataclass(frozen=True, slots=True)
class Response:
    """One answer as a response.

    Attributes:
        answer: what to write.
    """

    answer: Answer

    def whole(self) -> _Fields:
        """Return the response at its end."""
        answer = self.answer
        output = [_identified(n, item.ended) for n, item in enumerate(output_items(answer))]
        word = answer.finish_word or _CUT.get(answer.finish, _COMPLETED)
        whole = self._body(_COMPLETED) | {"output": output}
        if word != _COMPLETED:
            whole |= {"status": "incomplete", "incomplete_details": {"reason": word}}
        if answer.usage is not None:
            whole["usage"] = _usage(answer.usage)
        return whole

    def frames(self) -> Sequence[Frame]:
        """Return the events; the last one holds the whole response."""
        begun = {"response": self._body("in_progress") | {"usage": None}}
        whole = self.whole()
        events: list[_Event] = [
            ("start", "created", begun),
            ("start", "in_progress", begun),
            *self._item_events(),
            ("end", whole["status"], {"response": whole}),
        ]
        return [self._frame(number, *event) for number, event in enumerate(events)]

    def _frame(self, number: int, kind: FrameKind, name: str, fields: _Fields) -> Frame:
        body = {"sequence_number": number, **fields, **self.answer.extra}
        return Frame(kind, response_event(name, body))

    def _body(self, status: str) -> _Fields:
        about = {"model": self.answer.model, **self.answer.extra}
        return response_body(status) | about

    def _item_events(self) -> Iterator[_Event]:
        """Yield the events of all items one after the other, or those of the calls in turns."""
        numbered = [*enumerate(output_items(self.answer))]
        calls = [pair for pair in numbered if pair[1].ended["type"] == "function_call"]
        in_turns = calls if self.answer.interleaves else []
        for number, item in numbered[: len(numbered) - len(in_turns)]:
            yield from _events_of(number, item)
        for turn in zip_longest(*(_renamed(_events_of(*pair)) for pair in in_turns)):
            yield from (event for event in turn if event is not None)


def response_body(status: str) -> _Fields:
    """Return what every response says, apart from the answer."""
    return {
        "id": "resp_conformance",
        "object": "response",
        "created_at": 1,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


def response_event(name: str, body: Mapping[str, Any]) -> bytes:
    """Return an event of a response."""
    return named_event(f"response.{name}", body)


def named_event(name: str, body: Mapping[str, Any]) -> bytes:
    """Return a server-sent event whose type stands in it twice."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), json_bytes({"type": name, **body}))


def _events_of(number: int, item: Item) -> Iterator[_Event]:
    begun, ended = _identified(number, item.begun), _identified(number, item.ended)
    place = {"output_index": number}
    yield item.kind, "output_item.added", {**place, "item": begun}
    for kind, name, fields in item.events:
        yield kind, name, {**place, "item_id": ended["id"], **fields}
    yield "noise", "output_item.done", {**place, "item": ended}


def _identified(number: int, item: _Fields) -> _Fields:
    return {"id": f"{_IDS[item['type']]}_{number}", **item}


def _renamed(events: Iterator[_Event]) -> Iterator[_Event]:
    """Give the item another id in every event about it, as GitHub Copilot does."""
    for number, (kind, name, fields) in enumerate(events):
        id = {"item_id": f"{fields['item_id']}_{number}"} if "item_id" in fields else {}
        yield kind, name, {**fields, **id}


def _usage(tokens: Tokens) -> _Fields:
    usage: _Fields = {
        "input_tokens": tokens.prompt,
        "output_tokens": tokens.completion,
        "total_tokens": tokens.total,
    }
    if tokens.cached is not None:
        cached = {"cached_tokens": tokens.cached, "cache_write_tokens": 0}
        usage["input_tokens_details"] = cached
    if tokens.reasoning is not None:
        usage["output_tokens_details"] = {"reasoning_tokens": tokens.reasoning}
    return {name: value for name, value in usage.items() if value is not None}
