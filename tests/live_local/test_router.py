"""A provider of a router's settings alone, in front of a real server."""

from collections.abc import AsyncIterator

import pytest
from provider_sdk import ProviderAuthError, ProviderRouter, describe_providers

from ._server import MODEL, Server

SKY = [{"role": "user", "content": "Why is the sky blue?"}]
SHORT = {"max_tokens": 6}


@pytest.fixture
def settings(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict:
    """Settings that name the server as the provider of every task."""
    monkeypatch.setenv("LLAMA_API_KEY", server.key)
    config = {
        "base_url": server.base_url,
        "api_key_env": "LLAMA_API_KEY",
        "default_model": MODEL,
        "local": True,
    }
    return {"provider": "llama", "local_only": True, "providers": {"llama": config}}


@pytest.fixture
async def router(settings: dict) -> AsyncIterator[ProviderRouter]:
    """A router with these settings."""
    async with ProviderRouter(settings) as made:
        yield made


async def test_answer(router: ProviderRouter):
    """A routed call is answered by the server, and the route says so."""
    response = await router.route("agent", SKY, **SHORT)

    assert response.text
    assert (response.route.provider, response.route.model) == ("llama", MODEL)
    assert response.usage.completion_tokens == 6


async def test_stream(router: ProviderRouter):
    """So is a streamed one."""
    async with await router.route("coding", SKY, stream=True, **SHORT) as stream:
        pieces = [chunk.text async for chunk in stream]

    assert "".join(pieces) == stream.response.text
    assert stream.response.route.provider == "llama"


async def test_listed_and_healthy(router: ProviderRouter, settings: dict):
    """It is among the available providers, healthy, and described without being asked."""
    (described,) = [each for each in describe_providers(settings) if each.name == "llama"]

    assert "llama" in router.list_available_providers()
    assert (await router.health_check_all())["llama"].ok
    assert (described.source, described.credential, described.local) == ("settings", "set", True)


async def test_a_wrong_key(router: ProviderRouter, monkeypatch: pytest.MonkeyPatch):
    """A provider that was named is not replaced: its own error is raised."""
    monkeypatch.setenv("LLAMA_API_KEY", "key-wrong")

    with pytest.raises(ProviderAuthError, match="LLAMA_API_KEY"):
        await router.route("agent", SKY, **SHORT)
