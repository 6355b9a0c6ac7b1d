"""The provider under a strict type checker; checked, never run."""

from typing import assert_type

from provider_openai import CodexProvider, ResponsesCompatibleProvider
from provider_sdk import ChatResponse, ChatStream, Health


class AcmeProvider(ResponsesCompatibleProvider):
    """A service with the same protocol: class attributes are enough."""

    name = "acme"
    base_url = "https://api.acme.example/v1"
    api_key_env = ("ACME_API_KEY",)


async def answers() -> None:
    """The subclass keeps the types of the contract."""
    async with CodexProvider(api_key="k", organization="org-1", project="proj_1") as codex:
        assert_type(codex, CodexProvider)
        assert_type(await codex.chat([{"role": "user", "content": "Why?"}]), ChatResponse)
        assert_type(await codex.chat([], "gpt-6.1-sol", stream=True), ChatStream)
        assert_type(await codex.list_models(), list[str])
    assert_type(await AcmeProvider.probe(timeout=5), Health)
