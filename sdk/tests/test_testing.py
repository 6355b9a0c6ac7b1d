"""The fake provider, for those who test applications, and the count of steps."""

import asyncio
import copy
import pickle
import sys
from functools import partial

import pytest
from provider_sdk import (
    ChatResponse,
    ProviderError,
    ProviderOverloadedError,
    ProviderRateLimitError,
    ProviderRequestError,
    StreamInterruptedError,
    ToolCall,
    UnsupportedCapabilityError,
    Usage,
)
from provider_sdk.testing import FakeCall, FakeProvider, count_steps

from ._service import USER

WHOLE = ChatResponse(
    text="Blue.",
    reasoning="Hm.",
    tool_calls=(ToolCall("c1", "sum", {"a": 1}),),
    finish_reason="tool_calls",
    usage=Usage(1, 2),
    model="other-model",
    served_by="backend",
    request_id="req-1",
    warnings=("odd",),
)


async def _streamed(fake):
    return await (await fake.chat(USER, stream=True)).collect()


async def test_it_answers_with_a_text():
    """Nothing more is needed for most tests."""
    response = await FakeProvider("Blue.").chat(USER)

    assert response.text == "Blue."
    assert response.finish_reason == "stop"
    assert response.model == "fake-model"
    assert response.usage is None


async def test_it_answers_with_a_response():
    """Every part of an answer can be scripted."""
    assert await FakeProvider(WHOLE).chat(USER) == WHOLE


async def test_a_response_without_model_gets_the_one_asked_for():
    """As a service's would."""
    fake = FakeProvider(ChatResponse(text="Blue."))

    assert (await fake.chat(USER, "asked")).model == "asked"


async def test_it_streams_a_response():
    """The stream adds up to the same answer."""
    response = await _streamed(FakeProvider(WHOLE))

    assert (response.text, response.reasoning, response.usage) == ("Blue.", "Hm.", Usage(1, 2))
    assert (response.model, response.served_by, response.request_id) == (
        "other-model",
        "backend",
        "req-1",
    )
    assert response.tool_calls[0].arguments == {"a": 1}
    assert response.warnings == ("odd",)


async def test_a_list_is_streamed_a_text_a_chunk():
    """Applications that print as it arrives can be tested."""
    stream = await FakeProvider(["Bl", "ue."]).chat(USER, stream=True)

    assert [chunk.text async for chunk in stream] == ["Bl", "ue."]
    assert stream.response.text == "Blue."


async def test_a_list_is_one_answer_where_it_is_not_streamed():
    """The same script serves both."""
    assert (await FakeProvider(["Bl", "ue."]).chat(USER)).text == "Blue."


@pytest.mark.parametrize("stream", [False, True])
async def test_it_raises_an_exception(stream):
    """With provider and model, as a service's would have."""
    fake = FakeProvider(ProviderRateLimitError("slow down", retry_after=3))

    with pytest.raises(ProviderRateLimitError) as caught:
        await fake.chat(USER, stream=stream)

    assert (caught.value.provider, caught.value.model) == ("fake", "fake-model")
    assert caught.value.retry_after == 3


async def test_it_raises_any_exception():
    """Also one that no provider should raise."""
    with pytest.raises(ZeroDivisionError):
        await FakeProvider(ZeroDivisionError()).chat(USER)


async def test_an_error_in_a_list_breaks_the_stream():
    """What came before it was read, and is in ``partial``."""
    fake = FakeProvider(["Bl", StreamInterruptedError("cut")])
    stream = await fake.chat(USER, stream=True)
    assert (await anext(stream)).text == "Bl"

    with pytest.raises(StreamInterruptedError) as caught:
        await anext(stream)

    assert caught.value.partial.text == "Bl"


async def test_an_error_first_in_a_list_is_raised_by_the_call():
    """As every error before the first event is."""
    with pytest.raises(ProviderOverloadedError):
        await FakeProvider([ProviderOverloadedError("busy")]).chat(USER, stream=True)


async def test_replies_are_played_in_turn():
    """One a call, however it is made."""
    fake = FakeProvider("one", "two", "three")

    assert await fake.complete("?") == "one"
    assert (await fake.chat(USER)).text == "two"
    assert (await _streamed(fake)).text == "three"


@pytest.mark.parametrize("replies", [(), ("one",)])
async def test_a_call_without_a_reply_is_an_assertion(replies):
    """No handler of provider errors hides that the script was too short."""
    fake = FakeProvider(*replies)
    for _ in replies:
        await fake.chat(USER)

    with pytest.raises(
        AssertionError, match=f"call {len(replies) + 1} .*it was given {len(replies)}"
    ):
        await fake.chat(USER)


async def test_replies_may_repeat():
    """For applications that ask and ask."""
    fake = FakeProvider("one", "two", repeat=True)

    assert [await fake.complete("?") for _ in range(5)] == ["one", "two", "one", "two", "one"]


async def test_it_records_its_calls():
    """Messages, model, stream and options, as they were at the time."""
    fake = FakeProvider("Blue.", repeat=True)
    messages = [{"role": "user", "content": "Why?"}]

    await fake.chat(messages, "m", seed=7, stop=None)
    messages.append({"role": "user", "content": "later"})
    await (await fake.chat(messages, stream=True)).aclose()

    assert [call.model for call in fake.calls] == ["m", "fake-model"]
    assert [call.stream for call in fake.calls] == [False, True]
    assert [call.options for call in fake.calls] == [{"seed": 7}, {}]
    assert [len(call.messages) for call in fake.calls] == [1, 2]
    assert fake.calls[0].messages[-1].text == "Why?"
    assert isinstance(fake.calls[0], FakeCall)


async def test_it_knows_the_options():
    """An unknown one is a ``TypeError``, and no call."""
    fake = FakeProvider("Blue.")

    with pytest.raises(TypeError, match="did you mean 'temperature'"):
        await fake.chat(USER, temprature=1)
    with pytest.raises(TypeError):
        await fake.complete("?", temprature=1)

    assert fake.calls == []


async def test_it_checks_messages():
    """What a service's provider refuses, it refuses."""
    fake = FakeProvider("Blue.")

    with pytest.raises(ProviderRequestError, match="messages is empty"):
        await fake.chat([])

    assert fake.calls == []


async def test_it_refuses_what_its_class_cannot():
    """Narrow the class to test how an application copes."""

    class TextOnly(FakeProvider):
        capabilities = frozenset({"system"})

    fake = TextOnly("Blue.")

    for options in ({"stream": True}, {"seed": 1}, {"tools": [{}]}):
        with pytest.raises(UnsupportedCapabilityError):
            await fake.chat(USER, **options)
    with pytest.raises(UnsupportedCapabilityError):
        await fake.list_models()

    assert fake.calls == []


async def test_its_health_and_models_are_scripted():
    """Both are what the test says."""
    fake = FakeProvider(healthy=False, models=["a", "b"])

    assert await fake.health_check() is False
    assert await FakeProvider().health_check() is True
    assert await fake.list_models() == ["a", "b"]
    assert [model.id for model in await fake.describe_models()] == ["a", "b"]


async def test_it_can_be_probed():
    """As any class of provider."""
    assert (await FakeProvider.probe()).ok
    health = await FakeProvider.probe(healthy=False)
    assert not health.ok
    assert health.reason


async def test_a_closed_fake_refuses_every_call():
    """As any closed provider."""
    async with FakeProvider("Blue.") as fake:
        pass

    calls = (fake.chat(USER), fake.complete("?"), fake.health_check(), fake.list_models())
    for call in calls:
        with pytest.raises(ProviderError, match="this FakeProvider is closed"):
            await call
    assert fake.calls == []


def test_a_fake_can_be_copied():
    """It holds no credential and no connection."""
    fake = FakeProvider("Blue.")
    assert asyncio.run(copy.deepcopy(fake).complete("?")) == "Blue."
    assert asyncio.run(pickle.loads(pickle.dumps(fake)).complete("?")) == "Blue."


def test_steps_are_counted():
    """Twice the loop is about twice the lines."""

    def loop(times):
        for _ in range(times):
            pass

    few, many = (count_steps(partial(loop, times)) for times in (100, 200))
    assert 190 < many - few < 210


def test_trace_is_given_back():
    """Whoever traces, such as a debugger, goes on, also after an error."""
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        count_steps(lambda: 1 / 0)

    assert sys.gettrace() is before
