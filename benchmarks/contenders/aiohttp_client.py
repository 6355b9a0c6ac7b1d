"""What people write by hand with aiohttp."""

from __future__ import annotations

import json

import aiohttp

from benchmarks.wires import Wire


class Client:
    """Posts JSON; reads streams line by line with ``json.loads``."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        self._wire = wire
        self._url = f"{base_url}{wire.endpoint}"
        self._stream_url = f"{base_url}{wire.stream_endpoint or wire.endpoint}"
        self._http = aiohttp.ClientSession(
            headers=dict(wire.headers), connector=aiohttp.TCPConnector(limit=0)
        )

    async def call(self) -> int:
        """``post(json=)`` and ``.json()``."""
        async with self._http.post(self._url, json=self._wire.body) as response:
            response.raise_for_status()
            return len(self._wire.text_of_answer(await response.json()))

    async def stream(self) -> int:
        """Iterate over the lines."""
        characters = 0
        start, skipped = f"{self._wire.prefix}{{".encode(), len(self._wire.prefix)
        async with self._http.post(self._stream_url, json=self._wire.stream_body) as response:
            response.raise_for_status()
            async for line in response.content:
                if line.startswith(start):
                    characters += len(self._wire.text_of_event(json.loads(line[skipped:])))
        return characters

    async def aclose(self) -> None:
        """Close the session."""
        await self._http.close()
