"""Credential, address and version come from arguments, then from variables."""

import pytest
from provider_anthropic import AnthropicDialect, ClaudeProvider
from provider_sdk import ProviderAuthError, ProviderRequestError

from ._api import KEY, MODEL, USER, Api


async def _headers(**config):
    api = Api()
    async with api.provider(**config) as provider:
        await provider.chat(USER)
    return api.requests[0].headers


async def test_key_is_sent_as_api_key():
    """A key travels in `x-api-key`, and in no other header."""
    headers = await _headers()

    assert headers["x-api-key"] == KEY
    assert "authorization" not in headers


def test_dialect_sends_api_keys():
    """The dialect alone, without a provider's settings, sends an API key."""
    assert AnthropicDialect().auth_headers(KEY) == {"x-api-key": KEY}


async def test_bearer_style():
    """`auth_style="bearer"` sends the same key as a bearer token."""
    headers = await _headers(auth_style="bearer")

    assert headers["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in headers


async def test_key_from_the_environment(monkeypatch):
    """ANTHROPIC_API_KEY is sent as an API key, even if a token is set too."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-variable")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-of-variable")

    headers = await _headers(api_key=None)

    assert headers["x-api-key"] == "key-of-variable"
    assert "authorization" not in headers


async def test_token_from_the_environment(monkeypatch):
    """ANTHROPIC_AUTH_TOKEN is sent as a bearer token."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", " ")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-of-variable")

    headers = await _headers(api_key=None)

    assert headers["authorization"] == "Bearer token-of-variable"
    assert "x-api-key" not in headers


async def test_style_wins_over_the_variable(monkeypatch):
    """`auth_style` decides, wherever the credential comes from."""
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-of-variable")

    headers = await _headers(api_key=None, auth_style="x-api-key")

    assert headers["x-api-key"] == "token-of-variable"


def test_missing_key():
    """Without a credential the constructor names the variable, and where to get a key."""
    with pytest.raises(ProviderAuthError, match="ANTHROPIC_API_KEY is not set") as caught:
        ClaudeProvider()

    assert "https://platform.claude.com/settings/keys" in str(caught.value)


@pytest.mark.parametrize(
    "config", [{"auth_style": "basic"}, {"prompt_cache": "2h"}, {"api_version": "a\nb"}]
)
def test_senseless_arguments(config):
    """An argument that makes no sense is a ValueError that names it."""
    with pytest.raises(ValueError, match=next(iter(config))):
        ClaudeProvider(api_key=KEY, **config)


async def test_version_is_sent():
    """Every request names the version of the protocol; the default is the one of the vendor."""
    assert (await _headers())["anthropic-version"] == "2026-10-21"
    assert (await _headers(api_version="2023-06-01"))["anthropic-version"] == "2023-06-01"


async def test_address_from_the_environment(monkeypatch):
    """ANTHROPIC_BASE_URL is continued by the protocol's paths."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://gateway.test/anthropic/")
    api = Api()
    async with api.provider() as provider:
        await provider.chat(USER)

    assert str(api.requests[0].url) == "https://gateway.test/anthropic/v1/messages"


def test_senseless_address(monkeypatch):
    """A variable that is not an address is an error that names it."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "gateway")

    with pytest.raises(ProviderRequestError, match="ANTHROPIC_BASE_URL"):
        ClaudeProvider(api_key=KEY)


async def test_prompt_cache():
    """`prompt_cache` asks the service to keep the prompt; a call's own field wins."""
    api = Api()
    async with api.provider(prompt_cache="1h") as provider:
        await provider.chat(USER)
        await provider.chat(USER, extra_body={"cache_control": {"type": "ephemeral"}})

    asked = [body["cache_control"] for body in api.bodies]
    assert asked == [{"type": "ephemeral", "ttl": "1h"}, {"type": "ephemeral"}]


async def test_no_prompt_cache():
    """Without it nothing is said about caching."""
    api = Api()
    async with api.provider() as provider:
        await provider.chat(USER)

    assert "cache_control" not in api.body


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/messages", "/V1"])
@pytest.mark.parametrize(
    "address", ["https://gateway.test", "https://gateway.test/v1x", "https://v1"]
)
async def test_address_with_the_version(address, end):
    """An address may end as other clients want it; requests go to the same place."""
    api = Api()
    async with api.provider(base_url=address + end) as provider:
        await provider.chat(USER, MODEL)

    assert str(api.requests[0].url) == f"{address}/v1/messages"


async def test_address_with_the_version_in_the_environment(monkeypatch):
    """The variable, too, may end in `/v1`."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://gateway.test/v1")
    api = Api()
    async with api.provider() as provider:
        await provider.chat(USER, MODEL)

    assert str(api.requests[0].url) == "https://gateway.test/v1/messages"
