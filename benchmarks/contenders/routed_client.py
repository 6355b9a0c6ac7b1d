"""This project: the same provider, found by a router whose chain has another one after it."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from itertools import count

from provider_sdk import Observer, ProviderRouter, register_provider

from benchmarks.wires import API_KEY, MESSAGES, MODEL, Wire

_NUMBERS = count()


class Client:
    """Calls ``route``, without an observer; the router counts usage all the same."""

    observer: Observer | None = None

    def __init__(self, wire: Wire, base_url: str) -> None:
        module, name = wire.provider
        kind = getattr(import_module(module), name)
        chain = [f"bench-{next(_NUMBERS)}" for _ in range(2)]
        for each in chain:
            register_provider(
                each, partial(kind, api_key=API_KEY, base_url=base_url, transport="httpx")
            )
        self._router = ProviderRouter({"fallback_chain": chain}, observer=self.observer)

    async def call(self) -> int:
        """Wait for the whole answer."""
        response = await self._router.route("agent", MESSAGES, model=MODEL, max_tokens=200)
        return len(response.text)

    async def stream(self) -> int:
        """Read every chunk; the stream also collects the complete answer."""
        characters = 0
        async with await self._router.route(
            "agent", MESSAGES, model=MODEL, stream=True, max_tokens=200
        ) as stream:
            async for chunk in stream:
                characters += len(chunk.text)
        return characters

    async def aclose(self) -> None:
        """Close the router, and so the provider."""
        await self._router.aclose()
