"""Capabilities: what is declared works, what is not is refused before any request leaves."""

import pytest
from provider_sdk import CAPABILITIES, ProviderRequestError, UnsupportedCapabilityError

from ._service import AcmeProvider, Reply, Service, chunk, completion, sse, streamed

ASK = {"role": "user", "content": "Why?"}
CALL = {"id": "c1", "function": {"name": "now", "arguments": "{}"}}
TWO_CALLS = {"role": "assistant", "tool_calls": [CALL, {**CALL, "id": "c2"}]}
IMAGE = {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}
TOOL = {"type": "function", "function": {"name": "now"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}}

# Capability, the call that needs it, and the words for what needs it.
NEEDS = [
    ("streaming", [ASK], {"stream": True}, "stream=True"),
    ("system", [{"role": "system", "content": "Be brief."}, ASK], {}, "a system message"),
    ("tools", [ASK], {"tools": [TOOL]}, "tools"),
    ("tools", [{"role": "assistant", "tool_calls": [CALL]}], {}, "a tool call in the conv"),
    ("tools", [{"role": "tool", "tool_call_id": "c1"}], {}, "a tool call in the conversation"),
    ("parallel_tools", [TWO_CALLS], {}, "several tool calls in one message"),
    ("images", [{"role": "user", "content": [IMAGE]}], {}, "an image"),
    ("json_schema", [ASK], {"response_format": SCHEMA}, "response_format json_schema"),
    ("json_object", [ASK], {"response_format": {"type": "json_object"}}, "json_object"),
    ("reasoning", [ASK], {"reasoning_effort": "none"}, "reasoning_effort"),
    ("seed", [ASK], {"seed": 0}, "seed"),
    ("stop", [ASK], {"stop": "x"}, "stop"),
]
EVERY_NEED = pytest.mark.parametrize(
    ("word", "messages", "options", "what"), NEEDS, ids=[f"{n[0]}: {n[3]}" for n in NEEDS]
)


def _without(*words):
    return type("Narrow", (AcmeProvider,), {"capabilities": AcmeProvider.capabilities - {*words}})


def _service():
    return Service(
        lambda request: (
            streamed(sse(chunk("Blue.", finish="stop")))
            if b'"stream":true' in request.content
            else Reply(completion())
        )
    )


@EVERY_NEED
async def test_what_is_undeclared_is_refused(word, messages, options, what):
    """The error names the need and the capability, and nothing is sent."""
    service = _service()

    with pytest.raises(UnsupportedCapabilityError, match=what) as caught:
        await service.provider(_without(word)).chat(messages, **options)

    assert f"capability {word!r}" in str(caught.value)
    assert caught.value.provider == "acme"
    assert service.requests == []


@EVERY_NEED
async def test_what_is_declared_is_sent(word, messages, options, what):
    """The same call goes through where the class has the word."""
    service = _service()

    answer = await service.provider(AcmeProvider).chat(messages, **options)

    if options.get("stream"):
        await answer.aclose()
    assert len(service.requests) == 1


@EVERY_NEED
async def test_complete_refuses_the_same(word, messages, options, what):
    """There is no way around."""
    service = _service()
    for_complete = {name: value for name, value in options.items() if name != "stream"}

    if for_complete:
        with pytest.raises(UnsupportedCapabilityError, match=what):
            await service.provider(_without(word)).complete("Why?", **for_complete)

    assert service.requests == []


async def test_a_text_response_format_needs_nothing():
    """It is what every model writes."""
    narrow = _without("json_schema", "json_object")

    await _service().provider(narrow).chat([ASK], response_format={"type": "text"})


async def test_options_that_are_none_need_nothing():
    """They are not asked for."""
    narrow = _without("seed", "stop", "tools", "reasoning", "json_schema", "json_object")

    await (
        _service()
        .provider(narrow)
        .chat([ASK], seed=None, stop=None, tools=None, reasoning_effort=None, response_format=None)
    )


async def test_usage_in_a_stream_is_asked_for_where_it_is_declared():
    """Elsewhere the flag is not sent, and the call goes through."""
    service = _service()

    for kind in (AcmeProvider, _without("usage_in_stream")):
        await (await service.provider(kind).chat([ASK], stream=True)).aclose()

    assert ["stream_options" in body for body in service.bodies] == [True, False]


async def test_a_refusal_is_a_request_error():
    """Handlers of rejected requests catch it."""
    with pytest.raises(ProviderRequestError):
        await _service().provider(_without("seed")).chat([ASK], seed=1)


def test_the_words_are_a_closed_set():
    """These thirteen and no other."""
    words = (
        "streaming system tools parallel_tools images json_schema json_object reasoning seed stop "
        "usage_in_stream model_listing token_counting"
    )

    assert set(words.split()) == CAPABILITIES


def test_they_live_on_the_class():
    """Nobody needs an instance, or a credential, to read them."""
    assert "streaming" in AcmeProvider.capabilities
    assert AcmeProvider.capabilities <= CAPABILITIES
    assert "capabilities" not in vars(AcmeProvider(api_key="long-enough"))
