"""LiteLLM, with the provider that it documents for services that speak OpenAI's protocol."""

from __future__ import annotations

from typing import Any

import litellm

from benchmarks.contenders import API_KEY, BODY, STREAM_BODY


class Client:
    """Calls ``acompletion``."""

    def __init__(self, base_url: str) -> None:
        self._where: dict[str, Any] = {
            "model": f"openai/{BODY['model']}",
            "api_base": base_url,
            "api_key": API_KEY,
        }

    async def call(self) -> int:
        """Wait for the whole answer."""
        answer = await litellm.acompletion(**(BODY | self._where))
        return len(answer.choices[0].message.content)

    async def stream(self) -> int:
        """Read every chunk."""
        characters = 0
        async for chunk in await litellm.acompletion(**(STREAM_BODY | self._where)):
            if chunk.choices:
                characters += len(chunk.choices[0].delta.content or "")
        return characters

    async def aclose(self) -> None:
        """Close the clients that LiteLLM keeps."""
        await litellm.close_litellm_async_clients()
