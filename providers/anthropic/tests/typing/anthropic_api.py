"""The provider under a strict type checker; checked, never run."""

from typing import assert_type

from provider_anthropic import AnthropicCompatibleProvider, ClaudeProvider
from provider_sdk import ChatResponse, ChatStream, Health


class AcmeProvider(AnthropicCompatibleProvider):
    """A service with the same protocol: class attributes are enough."""

    name = "acme"
    base_url = "https://api.acme.example"
    api_key_env = ("ACME_API_KEY",)


async def answers() -> None:
    """The subclass keeps the types of the contract."""
    config = ClaudeProvider(api_key="k", auth_style="bearer", prompt_cache="1h")
    async with config as claude:
        assert_type(claude, ClaudeProvider)
        assert_type(await claude.chat([{"role": "user", "content": "Why?"}]), ChatResponse)
        assert_type(await claude.chat([], "claude-opus-5", stream=True), ChatStream)
        assert_type(await claude.count_tokens([], tools=[]), int)
    assert_type(await AcmeProvider.probe(timeout=5), Health)
