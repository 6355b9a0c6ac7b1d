"""The client of OpenAI."""

from __future__ import annotations

from openai import AsyncOpenAI

from benchmarks.wires import API_KEY, Wire


class Client:
    """Calls ``chat.completions.create``."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        self._wire = wire
        self._openai = AsyncOpenAI(api_key=API_KEY, base_url=base_url)

    async def call(self) -> int:
        """Wait for the whole answer."""
        answer = await self._openai.chat.completions.create(**self._wire.body)
        return len(answer.choices[0].message.content)

    async def stream(self) -> int:
        """Read every chunk."""
        characters = 0
        async for chunk in await self._openai.chat.completions.create(**self._wire.stream_body):
            if chunk.choices:
                characters += len(chunk.choices[0].delta.content or "")
        return characters

    async def aclose(self) -> None:
        """Close the client."""
        await self._openai.close()
