"""An event source that mutants override to change their streams."""

from __future__ import annotations

from collections.abc import Sequence

from provider_sdk import EventSource, ProviderError, StreamEvent


class ChangedSource:
    """An event source that passes events on; mutants override what they want to change."""

    def __init__(self, inner: EventSource) -> None:
        self.inner = inner

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        """Return the events to yield instead of those that were read."""
        return events

    def after_end(self) -> Sequence[StreamEvent] | None:
        """Return further events at the end of the stream, ``None`` to end it."""
        return None

    def after_failure(self, error: ProviderError) -> Sequence[StreamEvent] | None:
        """Return events to yield instead of raising a failure."""
        raise error

    async def read(self) -> Sequence[StreamEvent] | None:
        """Return the next events, ``None`` at the end."""
        try:
            events = await self.inner.read()
        except ProviderError as error:
            return self.after_failure(error)
        return self.after_end() if events is None else self.changed(events)

    async def drain(self) -> None:
        """Read what is left after the terminator."""
        await self.inner.drain()

    async def aclose(self) -> None:
        """Close the connection."""
        await self.inner.aclose()
