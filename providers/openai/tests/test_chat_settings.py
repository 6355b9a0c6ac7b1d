"""Credential, address, organization and project of the provider `openai`."""

import pytest
from provider_openai import OpenAIProvider
from provider_sdk import ProviderAuthError, ProviderRequestError

from ._api import KEY, USER
from ._chat_api import Api


async def _request(**config):
    api = Api()
    async with api.provider(**config) as provider:
        await provider.chat(USER)
    return api.requests[0]


async def test_defaults():
    """A call goes to OpenAI, for the default model, with the key as bearer token."""
    request = await _request()

    assert str(request.url) == "https://api.openai.com/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert b'"gpt-5.4"' in request.content
    assert not {"openai-organization", "openai-project"} & set(request.headers)


async def test_organization_and_project():
    """Organization and project are named in every request, that for models too."""
    api = Api({"object": "list", "data": [{"id": "gpt-5.4"}]})
    async with api.provider(organization="org-1", project="proj_2") as provider:
        assert await provider.list_models() == ["gpt-5.4"]

    headers = api.requests[0].headers
    assert (headers["openai-organization"], headers["openai-project"]) == ("org-1", "proj_2")


async def test_variables(monkeypatch):
    """Key and address come from their variables."""
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-variable")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.test/openai/v1/")
    request = await _request(api_key=None)

    assert str(request.url) == "https://gateway.test/openai/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer key-of-variable"


def test_missing_key():
    """Without a key the constructor names the variable, and where to get one."""
    with pytest.raises(ProviderAuthError, match="OPENAI_API_KEY is not set") as caught:
        OpenAIProvider()

    assert "https://platform.openai.com/api-keys" in str(caught.value)


@pytest.mark.parametrize("name", ["organization", "project"])
def test_senseless_arguments(name):
    """An argument that no header can carry is a ValueError that names it."""
    with pytest.raises(ValueError, match=name):
        OpenAIProvider(api_key=KEY, **{name: "a\nb"})


def test_senseless_address(monkeypatch):
    """A variable that is not an address is an error that names it."""
    monkeypatch.setenv("OPENAI_BASE_URL", "gateway")
    with pytest.raises(ProviderRequestError, match="OPENAI_BASE_URL"):
        OpenAIProvider(api_key=KEY)


def test_unknown_argument():
    """An argument that nobody knows is a TypeError."""
    with pytest.raises(TypeError, match="organisation"):
        OpenAIProvider(api_key=KEY, organisation="org-1")


async def test_health():
    """The model list tells whether the service accepts the key."""
    api = Api({"object": "list", "data": []})
    async with api.provider() as provider:
        assert await provider.health_check()

    assert [request.url.path for request in api.requests] == ["/v1/models"]
