"""The provider under a strict type checker; checked, never run."""

from typing import assert_type

from provider_huggingface import HfProvider
from provider_sdk import ChatResponse, ChatStream, Health


async def answers() -> None:
    """The subclass keeps the types of the contract."""
    async with HfProvider(api_key="hf_x", hub_url="https://hub.example", bill_to="acme") as hf:
        assert_type(hf, HfProvider)
        assert_type(await hf.chat([{"role": "user", "content": "Why?"}]), ChatResponse)
        assert_type(await hf.chat([], "openai/gpt-oss-120b:groq", stream=True), ChatStream)
    assert_type(await HfProvider.probe(timeout=5), Health)
