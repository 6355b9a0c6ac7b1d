"""This project: the Hugging Face provider, as an application uses it."""

from __future__ import annotations

from provider_huggingface import HfProvider

from benchmarks.bodies import MODEL
from benchmarks.contenders import API_KEY, MESSAGES


class Client:
    """Calls ``chat``."""

    def __init__(self, base_url: str) -> None:
        self._provider = HfProvider(api_key=API_KEY, base_url=base_url)

    async def call(self) -> int:
        """Wait for the whole answer."""
        response = await self._provider.chat(MESSAGES, MODEL, max_tokens=200)
        return len(response.text)

    async def stream(self) -> int:
        """Read every chunk; the stream also collects the complete answer."""
        characters = 0
        async with await self._provider.chat(
            MESSAGES, MODEL, stream=True, max_tokens=200
        ) as stream:
            async for chunk in stream:
                characters += len(chunk.text)
        return characters

    async def aclose(self) -> None:
        """Close the provider."""
        await self._provider.aclose()
