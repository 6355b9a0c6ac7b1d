"""The provider under a strict type checker; checked, never run."""

from typing import assert_type

from provider_gemini import GeminiCompatibleProvider, GeminiProvider
from provider_sdk import ChatResponse, ChatStream, Health


class AcmeProvider(GeminiCompatibleProvider):
    """A service with the same protocol: class attributes are enough."""

    name = "acme"
    base_url = "https://api.acme.example"
    api_key_env = ("ACME_API_KEY",)


async def answers() -> None:
    """The subclass keeps the types of the contract."""
    async with GeminiProvider(api_key="k", default_model="gemini-2.5-pro") as gemini:
        assert_type(gemini, GeminiProvider)
        assert_type(await gemini.chat([{"role": "user", "content": "Why?"}]), ChatResponse)
        assert_type(await gemini.chat([], "gemini-2.5-flash", stream=True), ChatStream)
        assert_type(await gemini.count_tokens([], tools=[]), int)
    assert_type(await AcmeProvider.probe(timeout=5), Health)
