"""Providers for OpenAI's protocols in front of a real server, each with its own class or none.

llama.cpp speaks chat completions and the Responses API. `openai` and `codex` are asked by their
classes, and a third provider is made of configuration alone.
"""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from provider_openai import CodexProvider, OpenAIProvider
from provider_sdk import PROVIDER_CONFIG, PROVIDER_REGISTRY, BaseProvider, ProviderAuthError

from ._server import MODEL, Server
from .test_tools import CALLING, USER, WEATHER

SKY = [{"role": "user", "content": "Why is the sky blue?"}]
# Without the cache the same question is computed in the same way.
REPEATABLE = {"temperature": 0, "extra_body": {"cache_prompt": False, "seed": 1}}
CONFIGURED = "llama"

Maker = Callable[..., BaseProvider]


@pytest.fixture
def server(tool_server: Server) -> Server:
    """The server whose format knows tools, idle: one is enough for all of these tests."""
    tool_server.wait_busy(0)
    return tool_server


@pytest.fixture(params=["openai", "codex", CONFIGURED])
def make(
    request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Maker]:
    """What makes the provider of this name, as its users configure it for another address."""
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", server.key)
    monkeypatch.setenv("LLAMA_API_KEY", server.key)
    PROVIDER_CONFIG[CONFIGURED] = {
        "base_url": server.base_url,
        "api_key_env": "LLAMA_API_KEY",
        "default_model": MODEL,
    }
    factory = PROVIDER_REGISTRY[request.param]
    known = {"openai": OpenAIProvider, "codex": CodexProvider}
    assert factory is known.get(request.param, factory)
    yield lambda **config: factory(**{"default_model": MODEL, **config})
    del PROVIDER_CONFIG[CONFIGURED]


@pytest.fixture
async def provider(make: Maker) -> AsyncIterator[BaseProvider]:
    """The provider in front of the server."""
    async with make() as made:
        yield made


async def test_answer(provider: BaseProvider):
    """An answer has text, its model, and the tokens that the server counted."""
    response = await provider.chat(SKY, max_tokens=6)

    assert response.text
    assert response.model == MODEL
    assert response.usage.completion_tokens == 6
    assert response.usage.prompt_tokens > len(SKY[0]["content"].split())
    assert response.usage.source == "reported"


async def test_stream(provider: BaseProvider):
    """A stream comes in pieces that add up to the answer, and ends with usage."""
    async with await provider.chat(SKY, stream=True, max_tokens=6) as stream:
        pieces = [chunk.text async for chunk in stream]

    assert len(pieces) > 3
    assert "".join(pieces) == stream.response.text
    assert stream.response.usage.completion_tokens == 6


async def test_streamed_or_not(provider: BaseProvider):
    """The same question has the same text and the same usage, streamed or not."""
    whole = await provider.chat(SKY, max_tokens=6, **REPEATABLE)
    streamed = await (await provider.chat(SKY, stream=True, max_tokens=6, **REPEATABLE)).collect()

    assert (streamed.text, streamed.usage) == (whole.text, whole.usage)


async def test_end(provider: BaseProvider):
    """An answer that was cut says so, where the protocol of this server can."""
    response = await provider.chat(SKY, max_tokens=6)

    # Its Responses API calls every answer complete.
    assert response.finish_reason == ("stop" if provider.name == "codex" else "length")


async def test_system_message_changes_the_prompt(provider: BaseProvider):
    """The system text reaches the model: the prompt is longer with it."""
    system = {"role": "system", "content": "Answer in French, in one short sentence."}
    plain = await provider.chat(SKY, max_tokens=6, **REPEATABLE)
    told = await provider.chat([system, *SKY], max_tokens=6, **REPEATABLE)

    assert told.usage.prompt_tokens > plain.usage.prompt_tokens


async def test_schema(provider: BaseProvider):
    """The answer keeps to a schema, where the protocol of this server knows schemas."""
    schema = {"name": "word", "schema": {"const": "yes"}}
    form = {"type": "json_schema", "json_schema": schema}
    response = await provider.chat(SKY, response_format=form, max_tokens=6)

    # Its Responses API ignores `text.format`.
    assert (response.text == '"yes"') is (provider.name != "codex")


async def test_call(provider: BaseProvider):
    """The model's call comes with an id, its name and its arguments, whole and streamed."""
    whole = await provider.chat(USER, **CALLING)
    streamed = await (await provider.chat(USER, stream=True, **CALLING)).collect()

    for response in (whole, streamed):
        (call, *_) = response.tool_calls
        assert call.id
        assert (call.name, call.arguments) == ("weather", {"city": "Paris"})
        assert response.finish_reason == "tool_calls"


async def test_round_trip(provider: BaseProvider):
    """The call and its result go back, and the model reads them."""
    asked = await provider.chat(USER, **CALLING)
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in asked.tool_calls
    ]
    told = await provider.chat([*USER, asked.message, *results], tools=[WEATHER], max_tokens=6)

    assert told.text or told.tool_calls
    assert told.usage.prompt_tokens > asked.usage.prompt_tokens


@pytest.mark.parametrize("streamed", [False, True])
async def test_wrong_key(make: Maker, streamed: bool):
    """A wrong key is rejected with the server's words, its source is named, and its value not."""
    async with make(api_key="key-wrong") as provider:
        with pytest.raises(ProviderAuthError, match="API Key") as caught:
            await provider.chat(SKY, stream=streamed)

    assert caught.value.status == 401
    assert "the api_key argument" in str(caught.value)
    assert "key-wrong" not in str(caught.value)


async def test_models_and_health(provider: BaseProvider):
    """The server lists its model, and takes part in the check of health."""
    assert await provider.list_models() == [MODEL]
    assert await provider.health_check()
