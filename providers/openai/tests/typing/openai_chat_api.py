"""The provider `openai` under a strict type checker; checked, never run."""

from typing import assert_type

from provider_openai import OpenAIProvider
from provider_sdk import ChatResponse, ChatStream, Health


async def answers() -> None:
    """The class keeps the types of the contract."""
    async with OpenAIProvider(api_key="k", organization="org-1", project="proj_1") as openai:
        assert_type(openai, OpenAIProvider)
        assert_type(await openai.chat([{"role": "user", "content": "Why?"}]), ChatResponse)
        assert_type(await openai.chat([], "gpt-5.4", stream=True), ChatStream)
    assert_type(await OpenAIProvider.probe(timeout=5), Health)
