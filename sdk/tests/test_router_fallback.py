"""Whether another provider is asked, after each kind of failure."""

import traceback

import pytest
from provider_sdk import (
    AllProvidersFailedError,
    BudgetExceededError,
    ContextLengthError,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    StreamInterruptedError,
    StreamTimeoutError,
)

from ._routes import asked, chain, known, outcomes
from ._service import STALL, USER, AcmeProvider, Reply, Service, chunk, sse, streamed

pytestmark = pytest.mark.usefixtures("own_registrations")

MOVES_ON = [
    ProviderAuthError,
    ProviderPermissionError,
    ProviderUnavailableError,
    ProviderTimeoutError,
    ProviderOverloadedError,
    AllProvidersFailedError,
    StreamInterruptedError,
    StreamTimeoutError,
    ProviderRateLimitError,
    ProviderQuotaError,
    ProviderModelNotFoundError,
]
STAYS = [
    ProviderRequestError,
    ContextLengthError,
    ProviderResponseError,
    BudgetExceededError,
    ProviderError,
    AssertionError,
    KeyError,
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", MOVES_ON)
async def test_the_next_is_asked(kind, stream):
    """After a failure that is this provider's own, the next answers with its own default model."""
    one, two = known("one", kind("it failed")), known("two")
    async with chain("one", "two") as router:
        answer = await asked(router, stream=stream)
        text = (await answer.collect()).text if stream else answer.text

    assert text == "two"
    assert outcomes(answer.route) == [("one", "failed"), ("two", "answered")]
    assert (one.models, two.models) == (["one-default"], ["two-default"])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", STAYS)
async def test_nobody_else_is_asked(kind, stream):
    """A failure that another would repeat, or that is the caller's to know, is raised as it is."""
    failure = kind("it failed")
    known("one", failure)
    two = known("two")
    async with chain("one", "two") as router:
        for _ in range(2):  # it does not cool down either
            with pytest.raises(kind) as caught:
                await asked(router, stream=stream)

            assert caught.value is failure
    assert not two.calls


async def test_a_missing_credential():
    """Nothing is sent, and it is looked for again at the next call."""
    one, _ = known("one"), known("two")
    one.has_credential = False
    async with chain("one", "two") as router:
        first = await asked(router)
        one.has_credential = True
        second = await asked(router)

    assert outcomes(first.route) == [("one", "skipped"), ("two", "answered")]
    assert str(first.route.attempts[0].error) == "ONE_KEY is not set"
    assert outcomes(second.route) == [("one", "answered")]


NAMED_MODELS = {
    "argument": ({}, {}, {"model": "mine"}),
    "environment": ({}, {"OLLAMA_CLI_AGENT_MODEL": "mine"}, {}),
    "setting of the task": ({"tasks": {"agent": {"model": "mine"}}}, {}, {}),
    "setting": ({"model": "mine"}, {}, {}),
}


@pytest.mark.parametrize("place", NAMED_MODELS)
async def test_a_model_that_was_named_is_gone(monkeypatch, place):
    """It is not replaced by that of another, wherever it was named."""
    settings, variables, arguments = NAMED_MODELS[place]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    one, two = known("one", ProviderModelNotFoundError("no such model")), known("two")
    async with chain("one", "two", **settings) as router:
        with pytest.raises(ProviderModelNotFoundError, match="no such model"):
            await asked(router, **arguments)

    assert one.models == ["mine"]
    assert not two.calls


async def test_a_default_model_of_a_fallback_is_gone():
    """It was not named for that provider, so the next is asked."""
    known("one", ProviderUnavailableError("down"))
    known("two", ProviderModelNotFoundError("gone"))
    known("three")
    async with chain("one", "two", "three") as router:
        answer = await asked(router, model="mine")

    assert answer.text == "three"


NAMED_PROVIDERS = {
    "argument": ({}, {}, {"provider": "one"}),
    "environment": ({}, {"OLLAMA_CLI_AGENT_PROVIDER": "one"}, {}),
    "setting of the task": ({"tasks": {"agent": {"provider": "one"}}}, {}, {}),
    "setting": ({"provider": "one"}, {}, {}),
}


@pytest.mark.parametrize("place", NAMED_PROVIDERS)
@pytest.mark.parametrize("kind", MOVES_ON)
async def test_a_provider_that_was_named_is_never_replaced(monkeypatch, place, kind):
    """Its own error is raised, wherever it was named."""
    settings, variables, arguments = NAMED_PROVIDERS[place]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    failure = kind("it failed")
    known("one", failure)
    two = known("two")
    async with chain("one", "two", **settings) as router:
        with pytest.raises(kind) as caught:
            await asked(router, **arguments)

    assert caught.value is failure
    assert not two.made


@pytest.mark.parametrize("place", NAMED_PROVIDERS)
async def test_a_provider_that_was_named_has_no_credential(monkeypatch, place):
    """That is the error."""
    settings, variables, arguments = NAMED_PROVIDERS[place]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    one, two = known("one"), known("two")
    one.has_credential = False
    async with chain("two", **settings) as router:
        with pytest.raises(ProviderAuthError, match="ONE_KEY is not set"):
            await asked(router, **arguments)

    assert not two.made


async def test_no_frame_of_an_error_holds_a_header():
    """Debuggers and reports of crashes show the variables of every frame."""
    headers = {"x-key": "".join(("canary", "0123456789"))}
    known("one", ProviderUnavailableError("down"))
    async with chain("one") as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await router.route("agent", USER, extra_headers=headers)

    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    assert frames
    assert "canary0123456789" not in repr([frame.f_locals for frame in frames])


# Streams.


def acme(*replies):
    """Register a provider over a scripted service."""
    from provider_sdk import register_provider

    service = Service(*replies)
    register_provider("acme", lambda: service.provider(AcmeProvider, max_retries=0))
    return service


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"error": {"message": "busy"}}, 503),
        streamed(sse({"error": {"message": "busy", "code": 503}})),
    ],
)
async def test_a_stream_that_fails_before_its_first_event(reply):
    """The next is asked."""
    acme(reply)
    known("two", ["Bl", "ue."])
    async with chain("acme", "two") as router:
        stream = await router.route("agent", USER, stream=True)
        texts = [piece.text async for piece in stream if piece.text]

    assert texts == ["Bl", "ue."]
    assert outcomes(stream.route) == [("acme", "failed"), ("two", "answered")]
    assert stream.response.route is stream.route


@pytest.mark.parametrize(
    "failure",
    [
        ProviderOverloadedError("busy"),
        ProviderRateLimitError("slow down"),
        ProviderAuthError("the key has expired"),
    ],
)
async def test_an_error_in_a_stream_that_has_begun(failure):
    """It is raised with what had arrived, and nobody else is asked."""
    known("one", ["Bl", failure])
    two = known("two")
    async with chain("one", "two") as router:
        stream = await asked(router, stream=True)
        with pytest.raises(type(failure)) as caught:
            await stream.collect()

    assert caught.value.partial.text == "Bl"
    assert caught.value.partial.route.provider == "one"
    assert not two.calls


async def test_a_stream_that_is_cut_before_its_first_event():
    """It has not begun, so the next is asked."""
    acme(streamed(b": a comment\n\n"))
    known("two")
    async with chain("acme", "two") as router:
        response = await (await asked(router, stream=True)).collect()

    assert outcomes(response.route) == [("acme", "failed"), ("two", "answered")]


async def test_a_stream_that_is_cut():
    """It is interrupted with what had arrived, and nobody else is asked."""
    acme(streamed(sse(chunk("Bl"))))
    two = known("two")
    async with chain("acme", "two") as router:
        stream = await asked(router, stream=True)
        with pytest.raises(StreamInterruptedError) as caught:
            await stream.collect()

    assert caught.value.partial.text == "Bl"
    assert (caught.value.provider, caught.value.model) == ("acme", "acme-large")
    assert not two.calls


async def test_a_stream_that_is_left():
    """Its connection is closed."""
    body = streamed(sse(chunk("Bl")), STALL)
    acme(body)
    async with chain("acme") as router, await asked(router, stream=True) as stream:
        await anext(stream)

    assert body.body.closings == 1
