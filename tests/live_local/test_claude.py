"""The provider for Claude in front of a real server: llama.cpp speaks the Messages API too."""

import pytest
from provider_anthropic import ClaudeProvider
from provider_sdk import ProviderAuthError, ToolCall

from ._server import MODEL, Server

USER = [{"role": "user", "content": "Why is the sky blue?"}]
CITY = {"type": "object", "properties": {"city": {"const": "Paris"}}, "required": ["city"]}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
# So small a model has to be pushed: behind the beginning of a call the grammar leads on.
PUSHED = [*USER, {"role": "assistant", "content": "<tool_call>"}]
CALLING = {"tools": [WEATHER], "tool_choice": "required", "max_tokens": 60}
# Without the cache the same question is computed in the same way.
REPEATABLE = {"extra_body": {"temperature": 0, "seed": 1, "cache_prompt": False}}


def claude(server: Server, **config: str) -> ClaudeProvider:
    """The provider, as it is configured for a gateway."""
    settings = {"api_key": server.key, "base_url": server.address, "default_model": MODEL}
    return ClaudeProvider(**{**settings, **config})


@pytest.fixture
async def provider(server: Server):
    """The provider in front of the server."""
    async with claude(server) as made:
        yield made


@pytest.fixture
async def tool_provider(tool_server: Server):
    """The provider in front of the server that knows tools."""
    async with claude(tool_server) as made:
        yield made


async def test_answer(provider: ClaudeProvider):
    """An answer has text, its model, its end and the tokens that the server counted."""
    response = await provider.chat(USER, max_tokens=12)

    assert response.text
    assert response.model == MODEL
    assert (response.finish_reason, response.raw_finish_reason) == ("length", "max_tokens")
    assert response.usage.completion_tokens == 12
    assert response.usage.prompt_tokens > len(USER[0]["content"].split())


async def test_stream(provider: ClaudeProvider):
    """A stream comes in pieces that add up to the answer, and ends with usage."""
    async with await provider.chat(USER, stream=True, max_tokens=12) as stream:
        pieces = [chunk.text async for chunk in stream]

    assert len(pieces) > 5
    assert "".join(pieces) == stream.response.text
    assert stream.response.finish_reason == "length"
    assert stream.response.usage.completion_tokens == 12


async def test_streamed_or_not(provider: ClaudeProvider):
    """The same question has the same text and the same usage, streamed or not."""
    whole = await provider.chat(USER, max_tokens=24, **REPEATABLE)
    streamed = await (await provider.chat(USER, stream=True, max_tokens=24, **REPEATABLE)).collect()

    assert (streamed.text, streamed.usage) == (whole.text, whole.usage)


async def test_system_message_changes_the_prompt(provider: ClaudeProvider):
    """The system text reaches the model: the prompt is longer with it."""
    system = {"role": "system", "content": "Answer in French, in one short sentence."}
    plain = await provider.chat(USER, max_tokens=1, **REPEATABLE)
    told = await provider.chat([system, *USER], max_tokens=1, **REPEATABLE)

    assert told.usage.prompt_tokens != plain.usage.prompt_tokens


async def test_count(provider: ClaudeProvider):
    """The tokens that the service counts are those that it reads."""
    counted = await provider.count_tokens(USER)
    response = await provider.chat(USER, max_tokens=1, **REPEATABLE)

    assert counted == response.usage.prompt_tokens


async def test_call(tool_provider: ClaudeProvider):
    """The model's call comes with an id, its name and its arguments, whole and streamed."""
    whole = await tool_provider.chat(PUSHED, **CALLING)
    streamed = await (await tool_provider.chat(PUSHED, stream=True, **CALLING)).collect()

    for response in (whole, streamed):
        (call, *_) = response.tool_calls
        assert call.id
        assert (call.name, call.arguments) == ("weather", {"city": "Paris"})
        assert response.finish_reason == "tool_calls"


async def test_result(tool_provider: ClaudeProvider):
    """The result of a call goes back, and the model answers."""
    call = ToolCall.parse("toolu_1", "weather", '{"city": "Paris"}')
    asked = {"role": "assistant", "content": "", "tool_calls": [call.to_dict()]}
    result = {"role": "tool", "tool_call_id": "toolu_1", "content": "Sunny, 22 degrees."}
    response = await tool_provider.chat([*USER, asked, result], tools=[WEATHER], max_tokens=12)

    assert response.text or response.tool_calls


@pytest.mark.parametrize("style", ["x-api-key", "bearer"])
async def test_key_in_either_header(server: Server, style: str):
    """The server takes the key in either header."""
    async with claude(server, auth_style=style) as provider:
        assert (await provider.chat(USER, max_tokens=1)).model == MODEL


@pytest.mark.parametrize("streamed", [False, True])
async def test_wrong_key(server: Server, streamed: bool):
    """A wrong key is rejected with the server's words."""
    async with claude(server, api_key="wrong") as provider:
        with pytest.raises(ProviderAuthError, match="API Key") as caught:
            await provider.chat(USER, stream=streamed)

    assert caught.value.status == 401
