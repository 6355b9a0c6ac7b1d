"""The client of OpenAI, for the Responses API."""

from __future__ import annotations

from openai import AsyncOpenAI

from benchmarks.wires import API_KEY, Wire


class Client:
    """Calls ``responses.create``."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        self._wire = wire
        self._openai = AsyncOpenAI(api_key=API_KEY, base_url=base_url)

    async def call(self) -> int:
        """Wait for the whole answer."""
        answer = await self._openai.responses.create(**self._wire.body)
        return len(answer.output_text)

    async def stream(self) -> int:
        """Read every event."""
        characters = 0
        async for event in await self._openai.responses.create(**self._wire.stream_body):
            if event.type == "response.output_text.delta":
                characters += len(event.delta)
        return characters

    async def aclose(self) -> None:
        """Close the client."""
        await self._openai.close()
