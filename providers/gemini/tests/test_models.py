"""Model lists, and what is known of models."""

import pytest
from provider_sdk import ProviderAuthError, ProviderResponseError

from ._api import Api, error, reply


def entry(name, **fields):
    """An entry of the model list."""
    return {
        "name": f"models/{name}",
        "displayName": name,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        **fields,
    }


async def test_names():
    """Ids are names without the collection that the service puts before them."""
    async with Api(
        reply({"models": [entry("gemini-a"), entry("gemini-b")]})
    ).provider() as provider:
        assert await provider.list_models() == ["gemini-a", "gemini-b"]


async def test_pages():
    """All pages are read; the token of the next one is quoted."""
    api = Api(
        reply({"models": [entry("a")], "nextPageToken": "t/o&k="}),
        reply({"models": [entry("b"), entry("a")]}),
    )
    async with api.provider() as provider:
        assert await provider.list_models() == ["a", "b"]

    assert [request.url.query for request in api.requests] == [
        b"pageSize=1000",
        b"pageSize=1000&pageToken=t%2Fo%26k%3D",
    ]


async def test_endless_pages():
    """A list that repeats itself ends."""
    api = Api(reply({"models": [entry("a")], "nextPageToken": "t"}))
    async with api.provider() as provider:
        assert await provider.list_models() == ["a"]


async def test_description():
    """The service says how much a model reads."""
    listed = [entry("a", inputTokenLimit=1048576, outputTokenLimit=65536), entry("b")]
    async with Api(reply({"models": listed})).provider() as provider:
        first, second = await provider.describe_models()

    assert (first.id, first.context_window) == ("a", 1048576)
    assert second.context_window is None


@pytest.mark.parametrize(
    "body", [[], {"models": 7}, {"models": [{"displayName": "x"}]}, {"models": [7]}, "text"]
)
async def test_not_a_model_list(body):
    """A body that is not a model list is an error."""
    async with Api(reply(body)).provider() as provider:
        with pytest.raises(ProviderResponseError, match="not a model list"):
            await provider.list_models()


@pytest.mark.parametrize("body", [{}, {"models": []}])
async def test_empty_list(body):
    """The service leaves out a list that is empty."""
    async with Api(reply(body)).provider() as provider:
        assert await provider.list_models() == []


async def test_health():
    """The model list, which needs the key, shows whether the service accepts it."""
    info = {"reason": "API_KEY_INVALID"}
    api = Api(
        reply({"models": [entry("a")]}),
        reply(error(400, "INVALID_ARGUMENT", "API key not valid.", info), 400),
    )
    async with api.provider() as provider:
        assert await provider.health_check() is True
        assert await provider.health_check() is False
        assert isinstance(provider.health_error, ProviderAuthError)
