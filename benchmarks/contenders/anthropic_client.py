"""The client of Anthropic."""

from __future__ import annotations

from anthropic import AsyncAnthropic

from benchmarks.wires import API_KEY, Wire


class Client:
    """Calls ``messages.create``."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        self._wire = wire
        self._anthropic = AsyncAnthropic(api_key=API_KEY, base_url=base_url)

    async def call(self) -> int:
        """Wait for the whole answer."""
        answer = await self._anthropic.messages.create(**self._wire.body)
        return len(answer.content[0].text)

    async def stream(self) -> int:
        """Read every event."""
        characters = 0
        async for event in await self._anthropic.messages.create(**self._wire.stream_body):
            if event.type == "content_block_delta":
                characters += len(event.delta.text)
        return characters

    async def aclose(self) -> None:
        """Close the client."""
        await self._anthropic.close()
