"""The provider under a strict type checker; checked, never run."""

from typing import assert_type

from provider_ollama import OllamaProvider
from provider_sdk import (
    ChatResponse,
    ChatStream,
    Health,
    ManagesModels,
    ModelDetails,
    PullProgress,
    RunningModel,
)


async def answers() -> None:
    """The subclass keeps the types of the contract."""
    async with OllamaProvider(base_url="box:11434") as ollama:
        assert_type(ollama, OllamaProvider)
        assert_type(await ollama.chat([{"role": "user", "content": "Why?"}]), ChatResponse)
        assert_type(await ollama.chat([], "qwen3", stream=True), ChatStream)
    assert_type(await OllamaProvider.probe(timeout=5), Health)


async def models(manager: ManagesModels) -> None:
    """The protocol has the types that it promises."""
    async for progress in manager.pull("qwen3"):
        assert_type(progress, PullProgress)
    assert_type(await manager.show("qwen3"), ModelDetails)
    assert_type(await manager.ps(), list[RunningModel])
    await manager.delete("qwen3")


manages: ManagesModels = OllamaProvider()
