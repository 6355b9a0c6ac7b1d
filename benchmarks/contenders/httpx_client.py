"""The yardstick: what people write by hand with httpx."""

from __future__ import annotations

import json
from typing import Any

import httpx

from benchmarks.contenders import API_KEY, BODY, STREAM_BODY


class Client:
    """Posts JSON; reads streams with ``aiter_lines`` and ``json.loads``."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/chat/completions"
        self._http = httpx.AsyncClient(
            headers={"authorization": f"Bearer {API_KEY}"},
            timeout=120,
            # By default httpx keeps twenty: with more at once it would only measure reconnecting.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
        )

    async def call(self) -> int:
        """``post(json=)`` and ``.json()``."""
        response = await self._http.post(self._url, json=BODY)
        response.raise_for_status()
        return len(response.json()["choices"][0]["message"]["content"])

    async def stream(self) -> int:
        """``aiter_lines`` and ``json.loads``."""
        characters = 0
        async with self._http.stream("POST", self._url, json=STREAM_BODY) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    characters += _characters(json.loads(line[6:]))
        return characters

    async def aclose(self) -> None:
        """Close the client."""
        await self._http.aclose()


def _characters(chunk: dict[str, Any]) -> int:
    return len(chunk["choices"][0]["delta"].get("content", "")) if chunk["choices"] else 0
