"""Deltas of a stream, added up to one answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from provider_sdk._dialect import Delta
from provider_sdk._messages import ToolCall
from provider_sdk._responses import ChatChunk, ChatResponse, FinishReason, ToolCallDelta
from provider_sdk._usage import Usage

if TYPE_CHECKING:
    from provider_sdk._routing.route import Route

_PIECES = 256
_ITEM_SIZE = 1024
_LAST_WARNINGS = 16


class TextBuffer:
    """Text that arrives in pieces; however many there are, it takes about its own size."""

    def __init__(self) -> None:
        self._text = ""
        self._pieces: list[str] = []

    def add(self, piece: str) -> None:
        """Append a piece."""
        self._pieces.append(piece)
        if len(self._pieces) >= _PIECES:
            self._compact()

    def value(self) -> str:
        """Return all of it."""
        if self._pieces:
            self._compact()
        return self._text

    def _compact(self) -> None:
        # CPython extends a string in place when nothing else refers to it, so the attribute is
        # emptied first; other interpreters copy it once in 256 pieces.
        text, self._text = self._text, ""
        text += "".join(self._pieces)
        self._text = text
        self._pieces.clear()


class _Call:
    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments = TextBuffer()


class Aggregate:
    """The answer so far.

    Attributes:
        finished: whether a finish reason was seen.
        goes_on: whether more came after one, or may come: then none says where the answer ends.
        warnings: sentences about what was odd.
        provider_data: the ``provider_data`` of every delta that carried some, in stream order.
        request_id: the service's id of the exchange, ``None`` if the stream did not name it.
        size: characters of the answer so far, plus a fixed size for each call, warning and item
            of ``provider_data``.
    """

    def __init__(self) -> None:
        self._text = TextBuffer()
        self._reasoning = TextBuffer()
        self._refusal = TextBuffer()
        self._calls: dict[int, _Call] = {}
        self.finished = self.goes_on = False
        self._finish: FinishReason | None = None
        self._raw_finish: str | None = None
        self._usage: Usage | None = None
        self._model: str | None = None
        self.warnings: list[str] = []
        self.provider_data: list[Any] = []
        self.request_id: str | None = None
        self.size = 0

    def add(self, delta: Delta) -> ChatChunk | None:
        """Take a delta; return the part of it that a reader of the stream should see."""
        if self.finished and (delta.text or delta.reasoning or delta.tool_calls):
            self.goes_on = True
        if delta.text_was_reasoning:
            self._reasoning.add(self._text.value())
            self._text = TextBuffer()
        if delta.text:
            self._text.add(delta.text)
            self.size += len(delta.text)
        if delta.reasoning:
            self._reasoning.add(delta.reasoning)
            self.size += len(delta.reasoning)
        for call in delta.tool_calls:
            self._add_call(call)
        if delta.finish_reason is not None or delta.usage is not None or delta.model is not None:
            self._add_facts(delta)
        if delta.refusal:
            self._refusal.add(delta.refusal)
            self.size += len(delta.refusal)
        if delta.provider_data_was_partial:
            self.provider_data.clear()
        if delta.provider_data is not None:
            self.provider_data.append(delta.provider_data)
            self.size += _ITEM_SIZE
        if delta.request_id:
            self.request_id = delta.request_id
        if delta.warning and delta.warning not in self.warnings[-_LAST_WARNINGS:]:
            self.warnings.append(delta.warning)
            self.size += _ITEM_SIZE
        if delta.text or delta.reasoning or delta.tool_calls:
            return ChatChunk(delta.text, delta.reasoning, delta.tool_calls)
        return None

    def response(
        self,
        *,
        model: str,
        served_by: str | None = None,
        request_id: str | None = None,
        provider_data: Mapping[str, Any] | None = None,
        route: Route | None = None,
    ) -> ChatResponse:
        """Return the answer; ``model`` is used if the service reported none."""
        refusal = self._refusal.value() or None
        reasoning = self._reasoning.value()
        calls = tuple(
            ToolCall.parse(call.id, call.name, call.arguments.value())
            for _, call in sorted(self._calls.items())
        )
        return ChatResponse(
            text="" if refusal else self._text.value(),
            reasoning=reasoning if reasoning.strip() else None,
            refusal=refusal,
            tool_calls=calls,
            finish_reason="tool_calls" if calls else self._finish or "other",
            raw_finish_reason=self._raw_finish,
            usage=self._usage,
            model=self._model or model,
            served_by=served_by,
            request_id=request_id,
            warnings=(*self.warnings, *missing_calls(self._finish, calls)),
            provider_data=provider_data or {},
            route=route,
        )

    def _add_call(self, delta: ToolCallDelta) -> None:
        call = self._calls.get(delta.index)
        if call is None:
            call = self._calls[delta.index] = _Call()
            self.size += _ITEM_SIZE
        if delta.id:
            call.id = delta.id
        if delta.name:
            call.name = delta.name
        if delta.arguments_text:
            call.arguments.add(delta.arguments_text)
            self.size += len(delta.arguments_text)

    def _add_facts(self, delta: Delta) -> None:
        if delta.finish_reason is not None:
            self.finished = True
            self.goes_on |= delta.may_go_on
            self._finish = delta.finish_reason
            self._raw_finish = delta.raw_finish_reason
            if delta.text_was_refusal:
                self._refusal.add(self._text.value())
                self._text = TextBuffer()
        if delta.usage is not None:
            self._usage = delta.usage
        if delta.model:
            self._model = delta.model


def missing_calls(finish: FinishReason | None, calls: Sequence[ToolCall]) -> tuple[str, ...]:
    """Return a warning if an answer says that it calls a tool, and holds no call."""
    if finish != "tool_calls" or calls:
        return ()
    return ("the answer ends with a call of a tool, and holds none",)
