"""LiteLLM, with the provider that it documents for services that speak OpenAI's protocol."""

from __future__ import annotations

from typing import Any

import litellm

from benchmarks.wires import API_KEY, Wire


class Client:
    """Calls ``acompletion``."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        self._wire = wire
        self._where: dict[str, Any] = {
            "model": f"openai/{wire.body['model']}",
            "api_base": base_url,
            "api_key": API_KEY,
        }

    async def call(self) -> int:
        """Wait for the whole answer."""
        answer = await litellm.acompletion(**{**self._wire.body, **self._where})
        return len(answer.choices[0].message.content)

    async def stream(self) -> int:
        """Read every chunk."""
        characters = 0
        async for chunk in await litellm.acompletion(**{**self._wire.stream_body, **self._where}):
            if chunk.choices:
                characters += len(chunk.choices[0].delta.content or "")
        return characters

    async def aclose(self) -> None:
        """Close the clients that LiteLLM keeps."""
        await litellm.close_litellm_async_clients()
