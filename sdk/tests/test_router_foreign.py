"""Providers that do not use ``PreparedProvider`` may do anything; a routed call stays in order."""

import asyncio
import os
import sys

import pytest
from provider_sdk import (
    AllProvidersFailedError,
    BaseProvider,
    ChatResponse,
    ChatStream,
    Delta,
    PreparedProvider,
    ProviderAuthError,
    ProviderResponseError,
    ProviderUnavailableError,
    ScriptedSource,
    StreamEnd,
    StreamFailure,
    register_provider,
)
from provider_sdk.testing import FakeProvider

from ._clock import on_the_clock
from ._routes import Foreign, Log, asked, chain, foreign, known, outcomes, raising
from ._service import USER

pytestmark = pytest.mark.usefixtures("own_registrations")

DOWN = ProviderUnavailableError("down")
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


def stream_of(*events):
    """A stream whose first event nobody has awaited."""
    return ChatStream(ScriptedSource([event] for event in events), provider="one", model="m")


def returning(value):
    """A method that returns a value, or what a function makes."""

    async def method(self, *_):
        return value() if callable(value) else value

    return method


@pytest.mark.parametrize("arguments", [{}, {"provider": "one"}])
@pytest.mark.parametrize(
    ("value", "stream", "wanted"),
    [
        (None, False, "ChatResponse"),
        (None, True, "ChatStream"),
        ("Blue.", False, "ChatResponse"),
        ({"text": "Blue."}, False, "ChatResponse"),
        (ChatResponse(text="Blue."), True, "ChatStream"),
        (lambda: stream_of(Delta("Blue.")), False, "ChatResponse"),
    ],
)
async def test_another_type_of_answer(value, stream, wanted, arguments):
    """It is a broken answer, and the error says whose; nobody else is asked."""
    log = Log()
    foreign("one", answer=returning(value))
    two = known("two")
    async with chain("one", "two", observer=log) as router:
        with pytest.raises(ProviderResponseError, match=f"^one returned .* where a {wanted} was"):
            await asked(router, stream=stream, **arguments)

    assert not two.calls
    assert [each[0] for each in log.told] == ["started", "failed"]


async def test_a_stream_that_was_not_awaited():
    """Its first event is awaited, so that an early error asks the next."""
    foreign("one", answer=returning(lambda: stream_of(StreamFailure(DOWN))))
    known("two")
    async with chain("one", "two") as router:
        stream = await asked(router, stream=True)
        assert (await stream.collect()).text == "two"

    assert outcomes(stream.route) == [("one", "failed"), ("two", "answered")]


@on_the_clock
async def test_a_stream_that_never_begins():
    """Waiting for its first event has its share of the time."""

    class Silent:
        """Sends nothing."""

        async def read(self):
            await asyncio.sleep(1e6)

        async def drain(self):
            pass

        async def aclose(self):
            pass

    foreign("one", answer=returning(lambda: ChatStream(Silent(), provider="one", model="m")))
    two = known("two")
    async with chain("one", "two") as router:
        await (await asked(router, stream=True, timeout=60)).aclose()

    assert two.asked_at == [30]


async def test_a_stream_that_has_ended():
    """One that is read or closed already is told of at once."""
    log = Log()
    stream = stream_of(Delta("Blue."), Delta(finish_reason="stop"), StreamEnd())
    await stream.collect()
    foreign("one", answer=returning(stream))
    async with chain("one", observer=log) as router:
        found = await asked(router, stream=True)

    assert found.response.text == "Blue."
    assert log.told[-1] == ("finished", "one", "Blue.")


async def test_a_stream_that_begins():
    """No event of it is lost."""
    events = [Delta("Bl"), Delta("ue."), Delta(finish_reason="stop"), StreamEnd()]
    foreign("one", answer=returning(lambda: stream_of(*events)))
    async with chain("one") as router:
        stream = await asked(router, stream=True)
        texts = [chunk.text async for chunk in stream if chunk.text]

    assert texts == ["Bl", "ue."]


class OddError(ProviderUnavailableError):
    """Does not call its base."""

    def __init__(self):
        Exception.__init__(self, "odd")

    def __str__(self):
        raise RuntimeError("it has no text")


class UnreadableError(Exception):
    """Has no text."""

    def __str__(self):
        raise RuntimeError("it has no text")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ProviderUnavailableError(OSError("no route to host")), "no route to host"),
        (ProviderUnavailableError(None), "ProviderUnavailableError"),
        (ProviderUnavailableError(UnreadableError()), "UnreadableError"),
        (ProviderUnavailableError(17, hint=b"x", request_id=object, status="503"), "17. b'x'"),
        (ProviderUnavailableError("x" * 10**6), "x" * 2000),
    ],
)
async def test_an_error_with_odd_fields(error, text):
    """They become text of a bounded length."""
    foreign("one", answer=raising(error))
    known("two")
    async with chain("one", "two") as router:
        answer = await asked(router)

    attempt = answer.route.attempts[0]
    assert attempt.to_dict()["error"]["message"] == text
    assert (attempt.error.provider, attempt.error.model) == ("one", "foreign-default")


async def test_an_error_without_fields():
    """It gets them, and its own text is not asked for."""
    foreign("one", answer=raising(OddError()))
    foreign("two", answer=raising(OddError()))
    async with chain("one") as router:
        with pytest.raises(AllProvidersFailedError, match="one: OddError") as caught:
            await asked(router)
        with pytest.raises(OddError) as named:
            await asked(router, provider="two")

    (attempt,) = caught.value.attempts
    assert attempt.to_dict()["error"] == {"type": "OddError", "message": "OddError"}
    assert (named.value.provider, named.value.status, named.value.partial) == ("two", None, None)


SECRETS = {
    "variable of the class": ({"api_key_env": ("ONE_PASS",)}, {"ONE_PASS": "canary-0815"}, None),
    "another variable": ({}, {"OTHER_API_KEY": "canary-0815"}, None),
    "attribute": ({"api_key": "canary-0815"}, {}, None),
    "header": ({}, {}, {"x-api-key": "canary-0815"}),
}


@pytest.mark.parametrize("arguments", [{}, {"provider": "one"}])
@pytest.mark.parametrize("place", SECRETS)
async def test_credentials_in_errors(monkeypatch, place, arguments):
    """What is known to be a credential is not shown, wherever the router goes on or not."""
    facts, variables, headers = SECRETS[place]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    error = ProviderAuthError(
        "canary-0815 is no key", hint="Not canary-0815.", request_id="canary-0815"
    )
    foreign("one", answer=raising(error), **facts)
    async with chain("one") as router:
        with pytest.raises((ProviderAuthError, ProviderUnavailableError)) as caught:
            await asked(router, **({"extra_headers": headers} if headers else {}), **arguments)

    shown = str(caught.value) + repr(vars(caught.value)) + repr(vars(error)) + str(error.args)
    assert "canary" not in shown
    assert "[redacted] is no key" in shown


@pytest.mark.parametrize("base", [Foreign, PreparedProvider])
async def test_the_cause_of_an_error(base):
    """It may hold the request and its headers, so a route does not keep it."""

    async def answer(self, stream):
        try:
            raise OSError("the headers")
        except OSError as error:
            raise ProviderUnavailableError("down") from error

    body = {"name": "one", "answer": answer, "fetch_models": None, "credential": "none"}
    register_provider("one", type("One", (base,), {**body, "default_model": "m"}))
    known("two")
    async with chain("one", "two") as router:
        found = await asked(router)

    error = found.route.attempts[0].error
    assert (error.__cause__, error.__context__, error.__traceback__) == (None, None, None)


async def test_one_error_for_many_calls():
    """A provider may raise the same object again and again."""
    foreign("one", answer=raising(DOWN))
    known("two")
    async with chain("one", "two") as router:
        for _ in range(3):
            await asyncio.gather(*(asked(router) for _ in range(20)))

    assert DOWN.__traceback__ is None


@on_the_clock
async def test_a_prepared_provider_with_a_chat_of_its_own():
    """It is watched as a foreign one."""

    class Own(FakeProvider):
        """Waits before it does what it inherits."""

        async def chat(self, messages, model=None, stream=False, **options):
            await asyncio.sleep(1e6)

    register_provider("own", lambda: Own("never"))
    two = known("two")
    async with chain("own", "two") as router:
        await asked(router, timeout=60)

    assert two.asked_at == [30]


async def test_a_bug_is_raised_as_it_is():
    """Another provider would hide it."""
    foreign("one", answer=raising(ZeroDivisionError("a bug")))
    two = known("two")
    async with chain("one", "two") as router:
        with pytest.raises(ZeroDivisionError, match="a bug"):
            await asked(router)

    assert not two.calls


async def test_the_router_changes_nothing_of_the_call():
    """Messages and options arrive as they were, and the time as an option."""
    kind = foreign("one")
    messages = [{"role": "user", "content": "?"}]
    options = {"seed": 3, "extra_headers": {"a": "b"}}
    async with chain("one") as router:
        await router.route("agent", messages, timeout=30, **options)

    assert messages == [{"role": "user", "content": "?"}]
    assert {key: kind.options[key] for key in options} == options
    assert 29 < kind.options["timeout"] <= 30


async def test_odd_attributes():
    """A class may lack a name, and have other types where the contract has text and sets."""
    blue = returning(ChatResponse(text="Blue."))
    kind = foreign("one", default_model=None, capabilities={"tools"}, answer=blue)
    foreign("two", default_model=property(lambda self: "own"), capabilities=frozenset())
    foreign("three", api_key_env=(3, "KEY"), answer=raising(DOWN))
    foreign("four", api_key_env="FOUR_KEY", answer=raising(DOWN))
    foreign("five", api_key_env=None, answer=raising(DOWN))
    del kind.name
    async with chain("two", "three", "four", "five", "one") as router:
        answer = await asked(router, tools=[TOOL])
        health = await router.health_check_all()

    assert [each.model for each in answer.route.attempts] == [
        "",
        *["foreign-default"] * 3,
        "",
    ]
    assert health["one"].ok


# Health.


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (returning(False), "the service did not accept the health check"),
        (returning(None), "the service did not accept the health check"),
        (raising(DOWN), "down"),
        (raising(ValueError("odd")), "ValueError: odd"),
        (raising(UnreadableError()), "UnreadableError"),
        (raising(asyncio.CancelledError()), "it was cancelled, but not by its caller"),
        (lambda self: True, "TypeError: object bool can't be used in 'await' expression"),
    ],
)
async def test_odd_health_checks(check, reason):
    """Whatever is wrong is the reason; nothing is raised."""
    foreign("one", health_check=check)
    async with chain("one") as router:
        health = (await router.health_check_all())["one"]
        assert await router.as_provider().health_check() is False

    assert (health.ok, health.reason) == (False, reason)


async def test_a_provider_without_a_name_that_is_not_healthy():
    """That is said all the same."""
    kind = foreign("one", health_check=returning(False))
    del kind.name
    async with chain("one") as router:
        health = (await router.health_check_all())["one"]

    assert health.reason == "the service did not accept the health check"


@on_the_clock
async def test_a_health_check_that_hangs():
    """It ends after ten seconds."""

    async def hang(self):
        await asyncio.sleep(1e6)

    foreign("one", health_check=hang)
    async with chain("one") as router:
        health = (await router.health_check_all())["one"]

    assert health.reason.startswith("no answer within 10 s")


def raising_at_once(error):
    """A factory that raises an error."""

    def make(**_):
        raise error

    return make


def refusing(text):
    """A constructor that raises an error with this text."""

    def construct(self):
        raise ValueError(text)

    return construct


async def test_a_reason_without_credentials(monkeypatch):
    """As in any error."""
    monkeypatch.setitem(os.environ, "ONE_API_KEY", "canary-0815")
    foreign("one", health_check=raising(OSError("canary-0815 is no key")))
    foreign("two", health_check=raising(ProviderAuthError("canary-0815 is no key")))
    async with chain("one", "two") as router:
        health = await router.health_check_all()

    assert health["one"].reason == "OSError: [redacted] is no key"
    assert health["two"].reason == "[redacted] is no key"


async def test_a_reason_without_the_credential_of_the_provider(monkeypatch):
    """Wherever it came from: a file, for example, or a variable of any name."""
    monkeypatch.setitem(os.environ, "ONE_ACCESS", "canary-0815")
    failing = raising(OSError("canary-0815 is no key"))
    foreign("one", health_check=failing, api_key_env=("ONE_ACCESS",))
    foreign("two", health_check=failing, api_key="canary-0815")
    foreign("three", __init__=refusing("canary-0815"), api_key_env="ONE_ACCESS")
    async with chain("one", "two", "three") as router:
        health = await router.health_check_all()

    for name in ("one", "two"):
        assert health[name].reason == "OSError: [redacted] is no key"
    assert "ValueError: [redacted]" in health["three"].reason


async def test_a_constructor_that_ends_the_program():
    """It is broken, as a module that does so when it is imported."""
    register_provider("one", lambda **_: sys.exit("no licence"))
    known("two")
    async with chain("one", "two") as router:
        answer = await router.route("agent", USER)

    assert outcomes(answer.route) == [("one", "skipped"), ("two", "answered")]
    assert "SystemExit: no licence" in str(answer.route.attempts[0].error)


def test_a_constructor_that_is_interrupted():
    """Ctrl-C ends the program, whatever runs."""
    register_provider("one", raising_at_once(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        chain("one").get_provider("one")


async def test_a_class_that_cannot_be_made():
    """It is broken; the others go on working."""
    register_provider("one", BaseProvider)
    known("two")
    async with chain("one", "two") as router:
        answer = await router.route("agent", USER)

    assert outcomes(answer.route) == [("one", "skipped"), ("two", "answered")]
    assert "abstract" in str(answer.route.attempts[0].error)


# Providers that use it, but have their own ``chat``.


async def test_a_chat_of_its_own():
    """A subclass of ``PreparedProvider`` that overrides ``chat`` is asked by it."""

    class Polite(FakeProvider):
        """Adds a word to each answer."""

        async def chat(self, *call, **options):
            answer = await super().chat(*call, **options)
            return ChatResponse(text=f"{answer.text} Please.")

    register_provider("one", lambda: Polite("Blue."))
    async with chain("one") as router:
        assert (await asked(router)).text == "Blue. Please."


async def test_a_chat_that_was_replaced():
    """What somebody puts in its place, to trace calls for example, is what the router calls."""
    one = FakeProvider("Blue.")
    chat, traced = one.chat, []

    async def traced_chat(messages, model=None, stream=False, **options):
        traced.append(model)
        return await chat(messages, model, stream, **options)

    one.chat = traced_chat
    register_provider("one", lambda: one)
    async with chain("one") as router:
        assert (await asked(router, model="m")).text == "Blue."

    assert traced == ["m"]
