"""What happened to a call: routes of answers, attempts of errors."""

import json
from dataclasses import fields, replace

import pytest
from provider_sdk import (
    AllProvidersFailedError,
    Attempt,
    ChatResponse,
    OpenAICompatibleProvider,
    ProviderAuthError,
    ProviderOverloadedError,
    ProviderRouter,
    ProviderUnavailableError,
    Route,
    ToolCall,
    Usage,
    register_provider,
)
from provider_sdk.testing import FakeProvider

from ._clock import on_the_clock
from ._routes import asked, chain, foreign, known, outcomes, raising
from ._service import KEY, USER, AcmeProvider, Service, failing

pytestmark = pytest.mark.usefixtures("own_registrations")

DOWN = ProviderUnavailableError("down")


@pytest.mark.parametrize("stream", [False, True])
@on_the_clock
async def test_a_route_has_every_candidate_in_order(stream):
    """The one that answered is the last."""
    one = known("one")
    one.has_credential = False
    known("two", DOWN).takes = 2
    known("three", capabilities=frozenset({"streaming"}))
    known("four").takes = 3
    known("five")
    async with chain("one", "two", "three", "four", "five") as router:
        answer = await asked(router, stream=stream, stop=["."])
        response = await answer.collect() if stream else answer

    route = answer.route
    assert response.route == route
    assert router.last_route is route
    assert (route.provider, route.model) == ("four", "four-default")
    assert [(each.provider, each.outcome, each.seconds) for each in route.attempts] == [
        ("one", "skipped", 0),
        ("two", "failed", 2),
        ("three", "skipped", 0),
        ("four", "answered", 3),
    ]
    assert [each.model for each in route.attempts] == [
        f"{each.provider}-default" for each in route.attempts
    ]
    assert [type(each.error).__name__ for each in route.attempts] == [
        "ProviderAuthError",
        "ProviderUnavailableError",
        "UnsupportedCapabilityError",
        "NoneType",
    ]


async def test_a_route_as_json():
    """It is plain JSON types, with the class and the text of each error."""
    error = ProviderOverloadedError("busy", hint="Wait.")
    route = Route(
        "two", "m", (Attempt("one", "n", "failed", error, 1.23456), Attempt("two", "m", "answered"))
    )
    data = {
        "provider": "two",
        "model": "m",
        "attempts": [
            {
                "provider": "one",
                "model": "n",
                "outcome": "failed",
                "error": {"type": "ProviderOverloadedError", "message": "busy. Wait."},
                "seconds": 1.235,
            },
            {"provider": "two", "model": "m", "outcome": "answered", "error": None, "seconds": 0.0},
        ],
    }
    assert json.loads(json.dumps(route.to_dict())) == data
    assert ChatResponse(route=route).to_dict()["route"] == data


async def test_without_a_router_there_is_no_route():
    """Neither in an answer nor in its JSON."""
    async with FakeProvider("Blue.", ["Blue."]) as provider:
        response = await provider.chat([{"role": "user", "content": "?"}])
        stream = await provider.chat([{"role": "user", "content": "?"}], stream=True)
        await stream.aclose()

    assert response.route is stream.route is None
    assert "route" not in response.to_dict()


async def test_the_route_of_a_named_provider():
    """It has that one alone."""
    known("one", DOWN)
    known("two")
    async with chain("one", "two") as router:
        answer = await asked(router, provider="two", model="mine")

    assert outcomes(answer.route) == [("two", "answered")]
    assert (answer.route.provider, answer.route.model) == ("two", "mine")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_provider_that_finds_its_model_itself(stream):
    """The route names the model that it found."""

    async def answer(self, stream):
        return await FakeProvider("Blue.").chat(
            [{"role": "user", "content": "?"}], "found", stream=stream
        )

    foreign("one", answer=answer, default_model="")
    async with chain("one") as router:
        found = await asked(router, stream=stream)
        if stream:
            await found.aclose()

    assert (found.route.model, found.route.attempts[0].model) == ("found", "found")


async def test_before_the_first_call_there_is_no_last_route():
    """Nor after one that failed."""
    known("one", DOWN)
    async with chain("one") as router:
        assert router.last_route is None
        with pytest.raises(AllProvidersFailedError):
            await asked(router)
        assert router.last_route is None


# All failed.


async def test_all_failed():
    """The error names each candidate and says why, and what to do."""
    known("one", DOWN)
    two = known("two")
    two.has_credential = False
    known("three", ProviderAuthError("rejected", hint="Check the\ncredential."))
    async with chain("one", "two", "three") as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)

    assert str(caught.value) == (
        "no provider could answer: one: down; two: TWO_KEY is not set; "
        "three: rejected. Check the credential. "
        "Mend the cause of one of them, or name another provider."
    )
    assert outcomes(caught.value) == [("one", "failed"), ("two", "skipped"), ("three", "failed")]
    assert isinstance(caught.value.attempts, tuple)
    assert caught.value.provider == "router"
    assert caught.value.retry_after is None


async def test_when_to_try_again():
    """The error says when the first will be ready."""
    known("one", ProviderUnavailableError("down", retry_after=20))
    known("two", ProviderUnavailableError("down", retry_after=10))
    known("three", DOWN)
    async with chain("one", "two", "three") as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)

    assert caught.value.retry_after == 10


async def test_long_reasons():
    """Each has its part of a text that stays short."""
    names = [f"p{number}" for number in range(12)]
    for name in names:
        known(name, ProviderUnavailableError("long " * 2000))
    async with chain(*names) as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)

    assert len(str(caught.value)) < 2000
    assert all(f"{name}: long" in str(caught.value) for name in names)
    assert "name another provider" in str(caught.value)
    assert all(len(str(each.error)) <= 2000 for each in caught.value.attempts)


async def test_many_candidates():
    """Each is named still."""
    names = [f"p{number}" for number in range(60)]
    for name in names:
        known(name, ProviderUnavailableError("it cannot be reached from here at all"))
    async with chain(*names) as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)

    assert all(f"{name}: it cannot be" in str(caught.value) for name in names)


async def test_no_credential_is_shown():
    """Neither in the text, nor in the attempts, nor in their errors."""
    from provider_sdk import register_provider

    service = Service(failing(401, f"bad key {KEY}", **{"x-request-id": KEY}))
    register_provider("acme", lambda: service.provider(AcmeProvider))
    header = "Bearer another-secret-0815"
    foreign("two", answer=raising(ProviderUnavailableError(f"{header} is not good")))
    async with chain("acme", "two") as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router, extra_headers={"Authorization": header})

    shown = json.dumps([each.to_dict() for each in caught.value.attempts]) + str(caught.value)
    shown += repr(caught.value.attempts) + "".join(
        repr(vars(each.error)) for each in caught.value.attempts
    )
    assert KEY not in shown
    assert "another-secret" not in shown
    assert "bad key [redacted]" in shown


async def test_errors_of_a_route_keep_no_frames():
    """They would keep all that a call held, its headers too."""
    known("one", DOWN)
    known("two")
    async with chain("one", "two") as router:
        answer = await asked(router)

    error = answer.route.attempts[0].error
    assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)


class OwnResponse(ChatResponse):
    """A response of somebody else's class."""


@pytest.mark.parametrize("kind", [ChatResponse, OwnResponse])
async def test_an_answer_keeps_all_that_it_holds(kind):
    """A route is added to it, and nothing is lost; also if its class is another."""
    said = kind(
        text="Blue.",
        reasoning="light",
        refusal="no",
        tool_calls=(ToolCall("c1", "look", {}, "{}"),),
        finish_reason="tool_calls",
        raw_finish_reason="tools",
        usage=Usage(3, 2, cached_tokens=1),
        model="m-1",
        served_by="novita",
        request_id="r-1",
        warnings=("a warning",),
        provider_data={"one": [1]},
        raw={"id": "r-1"},
    )
    unset = [each.name for each in fields(said) if getattr(said, each.name) == each.default]
    assert unset == ["route"]

    async def answer(self, stream):
        return said

    foreign("one", answer=answer)
    async with chain("one") as router:
        response = await asked(router)

    assert response.route.provider == "one"
    assert said.route is None
    assert response == replace(said, route=response.route)
    assert type(response) is kind


SHARED = ChatResponse(text="Blue.", model="m")


class Overridden(OpenAICompatibleProvider):
    """Answers by itself, always with the same object."""

    name = "overridden"
    credential = "none"
    base_url = "http://127.0.0.1:9/v1"
    default_model = "m"

    async def answer(self, call):
        """Return what every call gets."""
        return SHARED


def replaced() -> OpenAICompatibleProvider:
    """A provider whose ``answer`` was replaced on the object."""

    class Plain(Overridden):
        answer = OpenAICompatibleProvider.answer

    provider = Plain()
    provider.answer = Overridden().answer
    return provider


@pytest.mark.parametrize("make", [Overridden, replaced, lambda: FakeProvider(SHARED)])
@pytest.mark.parametrize("arguments", [{}, {"provider": "one"}])
async def test_answer_that_others_have_stays_as_it_is(make, arguments) -> None:
    """What a provider may return again gets no route; the caller's answer does."""
    register_provider("one", lambda **_: make())

    async with ProviderRouter({"fallback_chain": ["one"]}) as router:
        found = await router.route("agent", USER, **arguments)

    assert found.route.provider == "one"
    assert found.text == "Blue."
    assert SHARED.route is None
