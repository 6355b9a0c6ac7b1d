"""Credential, address and account come from arguments, then from variables."""

import pytest
from provider_openai import CodexProvider
from provider_sdk import ProviderAuthError, ProviderRequestError

from ._api import KEY, MODEL, USER, Api, error, reply

LIST = {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "system"}]}


async def _headers(**config):
    api = Api()
    async with api.provider(**config) as provider:
        await provider.chat(USER)
    return api.requests[0].headers


async def test_key_is_sent_as_bearer_token():
    """A key travels in `Authorization`."""
    assert (await _headers())["authorization"] == f"Bearer {KEY}"


async def test_key_from_the_environment(monkeypatch):
    """OPENAI_API_KEY is the key."""
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-variable")

    assert (await _headers(api_key=None))["authorization"] == "Bearer key-of-variable"


def test_missing_key():
    """Without a key the constructor names the variable, and where to get a key."""
    with pytest.raises(ProviderAuthError, match="OPENAI_API_KEY is not set") as caught:
        CodexProvider()

    assert "https://platform.openai.com/api-keys" in str(caught.value)


async def test_account():
    """Organization and project are sent if they are set, and only then."""
    headers = await _headers(organization="org-1", project="proj_1")
    plain = await _headers()

    assert headers["openai-organization"] == "org-1"
    assert headers["openai-project"] == "proj_1"
    assert not [name for name in plain if name.startswith("openai-")]


@pytest.mark.parametrize("config", [{"organization": "a\nb"}, {"project": "ä"}, {"project": 7}])
def test_senseless_arguments(config):
    """An argument that makes no sense is a ValueError that names it."""
    with pytest.raises(ValueError, match=next(iter(config))):
        CodexProvider(api_key=KEY, **config)


async def test_address_from_the_environment(monkeypatch):
    """OPENAI_BASE_URL ends in `/v1`, and is continued by the protocol's paths."""
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.test/v1/")
    api = Api()
    async with api.provider() as provider:
        await provider.chat(USER)

    assert str(api.requests[0].url) == "https://gateway.test/v1/responses"


@pytest.mark.parametrize("end", ["", "/", "/responses", "/chat/completions/", "/models"])
async def test_address_of_an_endpoint(end):
    """An address may name one of the endpoints; requests go to the same place."""
    api = Api()
    async with api.provider(base_url=f"https://gateway.test/v1{end}") as provider:
        await provider.chat(USER)

    assert str(api.requests[0].url) == "https://gateway.test/v1/responses"


def test_senseless_address(monkeypatch):
    """A variable that is not an address is an error that names it."""
    monkeypatch.setenv("OPENAI_BASE_URL", "gateway")

    with pytest.raises(ProviderRequestError, match="OPENAI_BASE_URL"):
        CodexProvider(api_key=KEY)


async def test_models():
    """The models are those that the account may use, with who owns them."""
    api = Api(reply(LIST))
    async with api.provider() as provider:
        models = await provider.describe_models()

    assert [(model.id, model.owned_by) for model in models] == [(MODEL, "system")]
    assert str(api.requests[0].url) == "https://api.openai.com/v1/models"


@pytest.mark.parametrize(
    ("answer", "is_healthy"), [(reply(LIST), True), (reply(error("invalid_api_key"), 401), False)]
)
async def test_health(answer, is_healthy):
    """The model list proves the key, and is never billed."""
    api = Api(answer)
    async with api.provider() as provider:
        assert await provider.health_check() is is_healthy

    assert [request.method for request in api.requests] == ["GET"]
