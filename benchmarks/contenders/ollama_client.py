"""The client of Ollama."""

from __future__ import annotations

from ollama import AsyncClient

from benchmarks.wires import API_KEY, Wire


class Client:
    """Calls ``chat``."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        self._wire = wire
        headers = {"Authorization": f"Bearer {API_KEY}"}
        self._ollama = AsyncClient(host=base_url, headers=headers)

    async def call(self) -> int:
        """Wait for the whole answer."""
        answer = await self._ollama.chat(**self._wire.body)
        return len(answer.message.content)

    async def stream(self) -> int:
        """Read every line."""
        characters = 0
        async for line in await self._ollama.chat(**self._wire.stream_body):
            characters += len(line.message.content)
        return characters

    async def aclose(self) -> None:
        """Close the client."""
        await self._ollama.close()
