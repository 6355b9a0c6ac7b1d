"""Tool calls with a real server."""

import pytest
from provider_huggingface import HfProvider

from ._server import Server

USER = [{"role": "user", "content": "What is the weather in Paris?"}]
CITY = {"type": "object", "properties": {"city": {"const": "Paris"}}, "required": ["city"]}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
# So small a model has to be pushed: behind the beginning of a call the grammar leads on.
CALLING = {
    "tools": [WEATHER],
    "tool_choice": "required",
    "temperature": 0,
    "max_tokens": 60,
    "extra_body": {"logit_bias": [["<tool_call>\n", 100]]},
}


@pytest.fixture
async def provider(tool_server: Server):
    """The provider in front of the server that knows tools."""
    async with HfProvider(api_key=tool_server.key, base_url=tool_server.base_url) as made:
        yield made


async def test_call(provider: HfProvider):
    """The model's call comes with an id, its name and its arguments."""
    response = await provider.chat(USER, **CALLING)

    (call, *_) = response.tool_calls
    assert call.id
    assert (call.name, call.arguments) == ("weather", {"city": "Paris"})
    assert response.finish_reason == "tool_calls"


async def test_streamed_call(provider: HfProvider):
    """A streamed call comes in fragments and is whole in the end."""
    async with await provider.chat(USER, stream=True, **CALLING) as stream:
        fragments = [delta async for chunk in stream for delta in chunk.tool_calls]

    (call, *_) = stream.response.tool_calls
    assert len(fragments) > 1
    assert (call.name, call.arguments) == ("weather", {"city": "Paris"})
    assert stream.response.finish_reason == "tool_calls"


async def test_round_trip(provider: HfProvider):
    """The call and its answer go back, and the model reads them."""
    asked = await provider.chat(USER, **CALLING)
    answers = [
        {"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in asked.tool_calls
    ]
    told = await provider.chat(
        [*USER, asked.message, *answers], tools=[WEATHER], temperature=0, max_tokens=16
    )

    assert told.text
    assert told.usage.prompt_tokens > asked.usage.prompt_tokens
