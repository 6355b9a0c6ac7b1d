"""The model list, health, and the count of tokens."""

import pytest
from provider_anthropic import ClaudeProvider
from provider_sdk import (
    ModelInfo,
    ProviderAuthError,
    ProviderRequestError,
    ProviderResponseError,
    UnsupportedCapabilityError,
)

from ._api import KEY, USER, Api, error, reply

YES = {"supported": True}


def page(*ids, more=False, **fields):
    """A page of the model list."""
    data = [{"type": "model", "id": id, **fields} for id in ids]
    return reply({"data": data, "has_more": more, "last_id": ids[-1] if ids else None})


async def test_pages():
    """The list is read page by page, each after the last id of the one before."""
    api = Api(page("a", "b/c&d", more=True), page("e", more=True), page())
    async with api.provider() as provider:
        ids = await provider.list_models()

    assert ids == ["a", "b/c&d", "e"]
    asked = [dict(request.url.params) for request in api.requests]
    assert asked == [
        {"limit": "1000"},
        {"limit": "1000", "after_id": "b/c&d"},
        {"limit": "1000", "after_id": "e"},
    ]


async def test_endless_list():
    """A list that names itself as its next page ends."""
    api = Api(page("a", more=True))
    async with api.provider() as provider:
        assert await provider.list_models() == ["a"]


async def test_description():
    """A model is described as far as the service describes it."""
    can = {"image_input": YES, "structured_outputs": {"supported": False}}
    api = Api(page("a", max_input_tokens=1000000, max_tokens=128000, capabilities=can))
    async with api.provider() as provider:
        (model,) = await provider.describe_models()

    assert model == ModelInfo(
        "a", 1000000, input_modalities=("text", "image"), structured_output=False
    )


@pytest.mark.parametrize("fields", [{}, {"capabilities": 7, "max_input_tokens": "many"}])
async def test_description_of_little(fields):
    """What the service does not say is not made up."""
    async with Api(page("a", **fields)).provider() as provider:
        assert await provider.describe_models() == [ModelInfo("a")]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", {}, {"data": {}}, {"data": [1]}, {"data": [{"id": 7}]}]
)
async def test_what_is_no_list(body):
    """A successful reply that is not a list is an error, never an empty list."""
    async with Api(reply(body)).provider() as provider:
        with pytest.raises(ProviderResponseError):
            await provider.list_models()


async def test_health():
    """Health is the service's model list, with the key; nothing is billed."""
    api = Api(page("a"))
    health = await ClaudeProvider.probe(api_key=KEY, http_client=api.client)

    assert health.ok
    assert [(r.method, r.url.path) for r in api.requests] == [("GET", "/v1/models")]


async def test_health_of_a_wrong_key():
    """A rejected key is not healthy, and the reason says so."""
    api = Api(reply(error("authentication_error", "invalid x-api-key"), 401))
    health = await ClaudeProvider.probe(api_key=KEY, http_client=api.client)

    assert not health.ok
    assert "invalid x-api-key" in health.reason


async def test_count():
    """Tokens are counted by the service's own endpoint, from what the call would send."""
    api = Api(reply({"input_tokens": 42}))
    tools = [{"type": "function", "function": {"name": "look"}}]
    async with api.provider() as provider:
        count = await provider.count_tokens(
            [{"role": "system", "content": "Be brief."}, *USER],
            "claude-opus-5",
            tools=tools,
            stop="x",
        )

    assert count == 42
    assert api.requests[0].url.path == "/v1/messages/count_tokens"
    assert api.body.keys() == {"model", "system", "messages", "tools"}


async def test_count_asks_the_default_model():
    """Without a model the default one's tokens are counted."""
    api = Api(reply({"input_tokens": 42}))
    async with api.provider(default_model="acme", prompt_cache="5m") as provider:
        await provider.count_tokens(USER)

    assert api.body["model"] == "acme"
    assert api.body["cache_control"] == {"type": "ephemeral", "ttl": "5m"}


@pytest.mark.parametrize("body", [{}, {"input_tokens": "many"}, [], b"42"])
async def test_count_that_is_none(body):
    """A reply without a count is an error."""
    async with Api(reply(body)).provider() as provider:
        with pytest.raises(ProviderResponseError):
            await provider.count_tokens(USER)


async def test_count_of_the_impossible():
    """What a call could not ask is not counted either."""
    api = Api()
    async with api.provider() as provider:
        with pytest.raises(UnsupportedCapabilityError):
            await provider.count_tokens(USER, seed=7)

    assert api.requests == []


async def test_count_without_a_model():
    """Without a model nothing can be counted."""

    class Modelless(ClaudeProvider):
        default_model = ""

    api = Api()
    async with Modelless(api_key=KEY, http_client=api.client) as provider:
        with pytest.raises(ProviderRequestError, match="no model"):
            await provider.count_tokens(USER)

    assert api.requests == []


async def test_count_with_a_wrong_key():
    """An error of the endpoint is an error of the count."""
    async with Api(reply(error("authentication_error"), 401)).provider() as provider:
        with pytest.raises(ProviderAuthError):
            await provider.count_tokens(USER)


@pytest.mark.parametrize("more", [{}, {"last_id": None}, {"last_id": ""}])
async def test_pages_without_a_last_id(more):
    """A page that announces more and names no last id goes on after its last model."""
    first = reply(
        {"data": [{"id": "a"}, {"id": "b"}, {"object": "model"}], "has_more": True, **more}
    )
    api = Api(first, page("c"))
    async with api.provider() as provider:
        assert await provider.list_models() == ["a", "b", "c"]

    assert api.requests[1].url.params["after_id"] == "b"


async def test_count_of_extra_fields():
    """Fields of `extra_body` that the service counts are sent; those that it rejects are not."""
    counted = {"mcp_servers": [{"name": "m"}], "context_management": {"edits": []}, "later": 1}
    others = {"metadata": {"user_id": "u"}, "service_tier": "auto", "top_k": 3, "container": "c"}
    api = Api(reply({"input_tokens": 42}))
    async with api.provider() as provider:
        await provider.count_tokens(USER, stop="x", extra_body={**counted, **others})

    assert api.body.keys() == {"model", "messages", *counted}
