"""Where mutants get the events of a stream from."""

from __future__ import annotations

from collections.abc import Sequence

from provider_sdk import EventSource, ProviderError, StreamEvent


class ChangedSource:
    """An event source with seams: what is read, where it ends, how it fails, how it is closed."""

    def __init__(self, inner: EventSource) -> None:
        self.inner = inner

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        """Change what was read."""
        return events

    def after_end(self) -> Sequence[StreamEvent] | None:
        """Go on where there is nothing more to read."""
        return None

    def after_failure(self, error: ProviderError) -> Sequence[StreamEvent] | None:
        """Go on after a failure."""
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
        """Let go of the connection."""
        await self.inner.aclose()
