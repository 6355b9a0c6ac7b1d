"""The yardstick: what people write by hand with httpx."""

from __future__ import annotations

import json

import httpx

from benchmarks.wires import Wire


class Client:
    """Posts JSON; reads streams with ``aiter_lines`` and ``json.loads``."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        self._wire = wire
        self._url = f"{base_url}{wire.endpoint}"
        self._stream_url = f"{base_url}{wire.stream_endpoint or wire.endpoint}"
        self._http = httpx.AsyncClient(
            headers=dict(wire.headers),
            timeout=120,
            # By default httpx keeps twenty: with more at once it would only measure reconnecting.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
        )

    async def call(self) -> int:
        """``post(json=)`` and ``.json()``."""
        response = await self._http.post(self._url, json=self._wire.body)
        response.raise_for_status()
        return len(self._wire.text_of_answer(response.json()))

    async def stream(self) -> int:
        """``aiter_lines`` and ``json.loads``."""
        characters = 0
        start, skipped = f"{self._wire.prefix}{{", len(self._wire.prefix)
        text_of = self._wire.text_of_event
        body = self._wire.stream_body
        async with self._http.stream("POST", self._stream_url, json=body) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line.startswith(start):
                    characters += len(text_of(json.loads(line[skipped:])))
        return characters

    async def aclose(self) -> None:
        """Close the client."""
        await self._http.aclose()
