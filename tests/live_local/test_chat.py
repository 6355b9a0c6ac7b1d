"""The provider in front of a real server."""

import asyncio
import json

import pytest
from provider_huggingface import HfProvider
from provider_sdk import ContextLengthError, ProviderAuthError, ProviderTimeoutError

from ._server import CONTEXT, MODEL, Server

USER = [{"role": "user", "content": "Why is the sky blue?"}]
LONG = [{"role": "user", "content": "word " * 2 * CONTEXT}]
# Reading it takes a while, and the server does not stop when nobody waits any more.
SLOW = [{"role": "user", "content": "word " * (CONTEXT - 100)}]
# Without the cache the same question is computed in the same way.
REPEATABLE = {"temperature": 0, "seed": 1, "extra_body": {"cache_prompt": False}}


def _saying(word: str) -> dict:
    """A format of the answer that only one answer has."""
    schema = {"name": "word", "schema": {"const": word}}
    return {"type": "json_schema", "json_schema": schema}


async def test_answer(provider: HfProvider):
    """An answer has text, its model, its end and the tokens that the server counted."""
    response = await provider.chat(USER, max_tokens=12)

    assert response.text
    assert response.model == MODEL
    assert (response.finish_reason, response.raw_finish_reason) == ("length", "length")
    assert response.usage.completion_tokens == 12
    assert response.usage.prompt_tokens > len(USER[0]["content"].split())
    assert response.usage.source == "reported"


async def test_stream(provider: HfProvider):
    """A stream comes in pieces that add up to the answer, and ends with usage."""
    async with await provider.chat(USER, stream=True, max_tokens=12) as stream:
        pieces = [chunk.text async for chunk in stream]

    assert len(pieces) > 5
    assert "".join(pieces) == stream.response.text
    assert stream.response.finish_reason == "length"
    assert stream.response.usage.completion_tokens == 12


async def test_streamed_or_not(provider: HfProvider):
    """The same question has the same text and the same usage, streamed or not."""
    whole = await provider.chat(USER, max_tokens=24, **REPEATABLE)
    streamed = await (await provider.chat(USER, stream=True, max_tokens=24, **REPEATABLE)).collect()

    assert (streamed.text, streamed.usage) == (whole.text, whole.usage)


async def test_stop(provider: HfProvider):
    """An answer ends before the words at which it is to stop."""
    whole = (await provider.chat(USER, max_tokens=24, **REPEATABLE)).text
    word = whole.split()[4]
    response = await provider.chat(USER, max_tokens=24, stop=[word], **REPEATABLE)

    assert response.text == whole[: whole.index(word)]
    assert response.finish_reason == "stop"


async def test_complete(provider: HfProvider):
    """A single prompt gets text."""
    text = await provider.complete("Say yes.", response_format=_saying("yes"))

    assert json.loads(text) == "yes"


async def test_schema(provider: HfProvider):
    """The answer keeps to a schema."""
    properties = {"age": {"type": "integer"}, "name": {"enum": ["Ann", "Bob"]}}
    schema = {"type": "object", "properties": properties, "required": ["age", "name"]}
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": schema}}
    response = await provider.chat(USER, response_format=form, max_tokens=200, **REPEATABLE)

    person = json.loads(response.text)
    assert isinstance(person["age"], int)
    assert person["name"] in ("Ann", "Bob")


async def test_characters_of_several_bytes(provider: HfProvider):
    """Characters that the model writes in several tokens arrive whole."""
    word = "grün 🐢 日本"
    stream = await provider.chat(USER, stream=True, response_format=_saying(word))
    async with stream:
        pieces = [chunk.text async for chunk in stream]

    assert json.loads("".join(pieces)) == word
    assert not any("\ufffd" in piece for piece in pieces)


async def test_streams_side_by_side(provider: HfProvider):
    """Streams that run at once keep their answers apart, also when there are more than slots."""
    words = [f"word {number}" for number in range(8)]

    async def answer(word: str) -> str:
        stream = await provider.chat(USER, stream=True, response_format=_saying(word))
        return (await stream.collect()).text

    answers = await asyncio.gather(*map(answer, words))

    assert [json.loads(text) for text in answers] == words


@pytest.mark.parametrize("stream", [False, True])
async def test_too_long(provider: HfProvider, stream: bool):
    """A conversation that is longer than the model reads is refused as such."""
    with pytest.raises(ContextLengthError, match=str(CONTEXT)) as caught:
        await provider.chat(LONG, stream=stream)

    assert "Shorten the conversation" in str(caught.value)


@pytest.mark.parametrize("stream", [False, True])
async def test_wrong_key(server: Server, stream: bool):
    """A wrong key is refused, its source is named, and its value is not."""
    async with HfProvider(api_key="key-wrong", base_url=server.base_url) as provider:
        with pytest.raises(ProviderAuthError, match="the api_key argument") as caught:
            await provider.chat(USER, stream=stream)

    assert "key-wrong" not in str(caught.value)


async def test_models(provider: HfProvider):
    """The server lists its model."""
    assert await provider.list_models() == [MODEL]


async def test_health_without_hub(server: Server):
    """A server that is no Hub cannot vouch for the token."""
    health = await HfProvider.probe(
        api_key=server.key, base_url=server.base_url, hub_url=server.address
    )

    assert health.ok is False
    assert "HF_ENDPOINT" in health.reason


async def _begun(provider: HfProvider, server: Server):
    stream = await provider.chat(USER, stream=True, extra_body={"ignore_eos": True})
    await anext(stream)
    await asyncio.to_thread(server.wait_busy, 1)
    return stream


async def test_closing_early(provider: HfProvider, server: Server):
    """Leaving a stream before its end lets the server stop writing."""
    async with await _begun(provider, server):
        pass

    await asyncio.to_thread(server.wait_busy, 0)


async def test_cancellation(provider: HfProvider, server: Server):
    """Cancelling who reads a stream lets the server stop writing."""
    stream = await _begun(provider, server)
    reader = asyncio.create_task(stream.collect())
    await asyncio.sleep(0.1)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader

    await asyncio.to_thread(server.wait_busy, 0)


async def test_deadline(provider: HfProvider):
    """A call ends when its time is up, whatever the server is still doing."""
    with pytest.raises(ProviderTimeoutError, match=r"no answer within 0\.05 s"):
        await provider.chat(SLOW, timeout=0.05, max_tokens=1, extra_body={"cache_prompt": False})
