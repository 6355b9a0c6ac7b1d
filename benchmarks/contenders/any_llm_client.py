"""any-llm, with the provider that it documents for services that speak OpenAI's protocol."""

from __future__ import annotations

from typing import Any

from any_llm import AnyLLM

from benchmarks.wires import API_KEY, Wire


class Client:
    """Calls ``acompletion``."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        self._wire = wire
        self._llm = AnyLLM.create("openai", api_key=API_KEY, api_base=base_url)

    async def call(self) -> int:
        """Wait for the whole answer."""
        answer: Any = await self._llm.acompletion(**self._wire.body)
        return len(answer.choices[0].message.content)

    async def stream(self) -> int:
        """Read every chunk."""
        characters = 0
        chunks: Any = await self._llm.acompletion(**self._wire.stream_body)
        async for chunk in chunks:
            if chunk.choices:
                characters += len(chunk.choices[0].delta.content or "")
        return characters

    async def aclose(self) -> None:
        """Nothing to close: it offers no way."""
