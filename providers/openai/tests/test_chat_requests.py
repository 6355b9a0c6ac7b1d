"""OpenAI's own service is asked as it wants it, any other as chat completions are asked."""

import pytest

from ._api import USER
from ._chat_api import GATEWAY, Api, completion, sent, stream

REGION = "https://eu.api.openai.com/v1"
ELSEWHERE = [
    GATEWAY,
    "http://127.0.0.1:8080/v1",
    "https://api.openai.com.evil.test/v1",
    "https://notapi.openai.com.test/v1",
    "https://acme.openai.azure.com/openai/v1",
]
LATER = ["gpt-5.4", "gpt-5-mini", "o1", "o4-mini", "gpt-6-astra", "ft:gpt-5:acme::7", "unheard-of"]
OLDER = ["gpt-3.5-turbo", "gpt-4", "gpt-4o-mini", "gpt-4.1", "chatgpt-4o-latest", "ft:gpt-4o:a::7"]


@pytest.mark.parametrize("address", ["https://api.openai.com/v1", REGION])
@pytest.mark.parametrize("model", LATER)
async def test_limit_for_later_models(model, address):
    """OpenAI's later models, and those that nobody knows yet, get `max_completion_tokens`."""
    body = await sent(model, {"base_url": address}, max_tokens=9)

    assert body["max_completion_tokens"] == 9
    assert "max_tokens" not in body


@pytest.mark.parametrize("model", OLDER)
async def test_limit_for_older_models(model):
    """OpenAI's older models get `max_tokens`."""
    body = await sent(model, max_tokens=9)

    assert body["max_tokens"] == 9
    assert "max_completion_tokens" not in body


@pytest.mark.parametrize("address", ELSEWHERE)
async def test_limit_elsewhere(address):
    """Every other host gets `max_tokens`, whatever the model is called."""
    body = await sent("gpt-5.4", {"base_url": address}, max_tokens=9)

    assert body["max_tokens"] == 9
    assert "max_completion_tokens" not in body


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("address", [None, GATEWAY])
async def test_own_limit_replaces_the_option(name, address):
    """A limit in `extra_body` replaces the option, under the name that the caller chose."""
    body = await sent("gpt-5.4", {"base_url": address}, max_tokens=9, extra_body={name: 7})

    assert {key: body[key] for key in body if key.startswith("max_")} == {name: 7}


async def test_no_padding():
    """A stream of OpenAI's comes without padding, and with usage."""
    body = await sent(streamed=True)

    assert body["stream_options"] == {"include_usage": True, "include_obfuscation": False}


@pytest.mark.parametrize("address", ELSEWHERE)
async def test_padding_is_not_mentioned_elsewhere(address):
    """No other host hears of padding, which strict ones would reject."""
    body = await sent(config={"base_url": address}, streamed=True)

    assert body["stream_options"] == {"include_usage": True}


async def test_no_stream_options_without_a_stream():
    """A whole answer is asked for without options for streams, which would be rejected."""
    assert "stream_options" not in await sent()


async def test_own_stream_options_replace_the_providers():
    """Stream options in `extra_body` are sent as they are."""
    body = await sent(streamed=True, extra_body={"stream_options": {"include_usage": False}})

    assert body["stream_options"] == {"include_usage": False}


async def test_padding_is_ignored():
    """A stream that is padded all the same has the same text."""
    api = Api(stream({"role": "assistant", "content": ""}, {"content": "Bl"}, {"content": "ue."}))
    async with api.provider() as provider:
        response = await (await provider.chat(USER, stream=True)).collect()

    assert response.text == "Blue."


@pytest.mark.parametrize("model", ["o1", "o3-mini", "o4-mini-2025-04-16", "gpt-5", "gpt-5-nano"])
async def test_sampling_that_is_never_accepted(model):
    """Models that accept no sampling at any effort are not sent any, and that is told."""
    api = Api()
    async with api.provider() as provider:
        with pytest.warns(UserWarning, match="was dropped"):
            response = await provider.chat(USER, model, temperature=0.5, top_p=0.5)

    assert not api.body.keys() & {"temperature", "top_p"}
    assert len(response.warnings) == 2


@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-5.4", "gpt-5-chat-latest", "gpt-5-search-api"])
async def test_sampling_that_may_be_accepted(model):
    """Other models are sent what the caller asked for."""
    body = await sent(model, temperature=0.5, top_p=0.5)

    assert (body["temperature"], body["top_p"]) == (0.5, 0.5)


async def test_sampling_elsewhere():
    """What another host calls by the name of OpenAI's model may accept sampling."""
    body = await sent("gpt-5", {"base_url": GATEWAY}, temperature=0.5)

    assert body["temperature"] == 0.5


async def test_callers_options_are_not_changed():
    """The caller's own `extra_body` stays as it was."""
    extra = {"verbosity": "low"}
    body = await sent("gpt-5.4", max_tokens=9, extra_body=extra)

    assert extra == {"verbosity": "low"}
    assert body["verbosity"] == "low"


async def test_refusal():
    """What the model refuses stands in the refusal, not in the text."""
    async with Api(completion(None, refusal="No.")).provider() as provider:
        response = await provider.chat(USER)

    assert (response.text, response.refusal) == ("", "No.")
