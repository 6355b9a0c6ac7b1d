"""The client of Google."""

from __future__ import annotations

from google import genai
from google.genai import types

from benchmarks.wires import API_KEY, INSTRUCTION, MODEL, QUESTION, Wire

_CONFIG = types.GenerateContentConfig(system_instruction=INSTRUCTION, max_output_tokens=200)


class Client:
    """Calls ``generate_content`` and ``generate_content_stream``."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        options = types.HttpOptions(base_url=base_url)
        self._genai = genai.Client(api_key=API_KEY, http_options=options).aio
        self._question = {"model": MODEL, "contents": QUESTION["content"], "config": _CONFIG}

    async def call(self) -> int:
        """Wait for the whole answer."""
        answer = await self._genai.models.generate_content(**self._question)
        return len(answer.text)

    async def stream(self) -> int:
        """Read every chunk."""
        characters = 0
        async for chunk in await self._genai.models.generate_content_stream(**self._question):
            characters += len(chunk.text or "")
        return characters

    async def aclose(self) -> None:
        """Close the client."""
        await self._genai.aclose()
