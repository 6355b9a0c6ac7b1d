"""This project: the provider for the protocol, as an application uses it."""

from __future__ import annotations

from importlib import import_module

from benchmarks.wires import API_KEY, MESSAGES, MODEL, Wire


class Client:
    """Calls ``chat``."""

    transport = "httpx"
    """The HTTP library, whatever is installed."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        module, name = wire.provider
        kind = getattr(import_module(module), name)
        self.provider = kind(api_key=API_KEY, base_url=base_url, transport=self.transport)

    async def call(self) -> int:
        """Wait for the whole answer."""
        response = await self.provider.chat(MESSAGES, MODEL, max_tokens=200)
        return len(response.text)

    async def stream(self) -> int:
        """Read every chunk; the stream also collects the complete answer."""
        characters = 0
        async with await self.provider.chat(MESSAGES, MODEL, stream=True, max_tokens=200) as stream:
            async for chunk in stream:
                characters += len(chunk.text)
        return characters

    async def aclose(self) -> None:
        """Close the provider."""
        await self.provider.aclose()
