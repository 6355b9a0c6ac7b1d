"""Where streams get their events from, besides a connection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Protocol

from provider_sdk._dialect import Delta, StreamEnd, StreamEvent
from provider_sdk._messages import ToolCall
from provider_sdk._responses import ChatResponse, ToolCallDelta


class EventSource(Protocol):
    """Where a stream gets its events from: a connection, a foreign client, a script."""

    async def read(self) -> Sequence[StreamEvent] | None:
        """Return the next events (perhaps none yet), ``None`` at the end.

        Raises:
            ProviderError: the connection failed.
        """

    async def drain(self) -> None:
        """Read what is left after the terminator, so that the connection can be used again."""

    async def aclose(self) -> None:
        """Release the connection; it is called exactly once."""


class ScriptedSource:
    """An ``EventSource`` that returns prepared batches of events, one per read."""

    def __init__(self, batches: Iterable[Sequence[StreamEvent]]) -> None:
        self._batches = iter(batches)

    async def read(self) -> Sequence[StreamEvent] | None:
        """Return the next batch."""
        return next(self._batches, None)

    async def drain(self) -> None:
        """Do nothing: there is no connection."""

    async def aclose(self) -> None:
        """Do nothing: there is no connection."""


class ReadAhead:
    """A source that first returns again what was already read."""

    def __init__(self, ahead: Sequence[StreamEvent], source: EventSource) -> None:
        self._ahead: Sequence[StreamEvent] | None = ahead
        self._source = source
        self.drain = source.drain
        self.aclose = source.aclose

    async def read(self) -> Sequence[StreamEvent] | None:
        """Return what was read before, then what ``source`` returns."""
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            return ahead
        return await self._source.read()


def events_of(response: ChatResponse) -> list[StreamEvent]:
    """Return stream events that reproduce ``response``.

    They do not carry what ``ChatStream`` takes as arguments instead: ``served_by``,
    ``request_id``, ``warnings`` and ``provider_data``.
    """
    calls = tuple(
        ToolCallDelta(index, call.id, call.name, _arguments_text(call))
        for index, call in enumerate(response.tool_calls)
    )
    delta = Delta(
        text=response.text,
        reasoning=response.reasoning or "",
        refusal=response.refusal or "",
        tool_calls=calls,
        finish_reason=response.finish_reason,
        raw_finish_reason=response.raw_finish_reason,
        usage=response.usage,
        model=response.model,
    )
    return [delta, StreamEnd()]


def _arguments_text(call: ToolCall) -> str:
    # A call made by hand may have its arguments as an object only.
    return call.arguments_text or (json.dumps(call.arguments) if call.arguments else "")
