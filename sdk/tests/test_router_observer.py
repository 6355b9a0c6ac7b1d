"""An observer of a router is told what becomes of every attempt, and cannot break a call."""

import asyncio

import pytest
from provider_sdk import (
    AllProvidersFailedError,
    Observer,
    ProviderRouter,
    ProviderUnavailableError,
    StreamInterruptedError,
    register_provider,
)

from ._clock import on_the_clock
from ._routes import Log, asked, chain, known
from ._service import AcmeProvider, Reply, Service, completion, failing

pytestmark = pytest.mark.usefixtures("own_registrations")

DOWN = ProviderUnavailableError("down")


async def test_a_fallback():
    """Attempts, the failure, the cool-down, the fallback and the answer, in their order."""
    log = Log()
    known("one", DOWN)
    known("two")
    async with chain("one", "two", observer=log) as router:
        await asked(router)

    assert log.told == [
        ("started", "one", "one-default"),
        ("failed", "one", ProviderUnavailableError),
        ("cool down", "one", pytest.approx(30), ProviderUnavailableError),
        ("fallback", "one", ProviderUnavailableError, "two", "one did not answer, so two is asked"),
        ("started", "two", "two-default"),
        ("finished", "two", "two"),
    ]


async def test_a_stream():
    """Its first event, and the whole answer once it was read."""
    log = Log()
    known("one", ["Bl", "ue."])
    async with chain("one", observer=log) as router:
        stream = await asked(router, stream=True)
        assert log.told == [("started", "one", "one-default"), ("first event", "one")]
        await stream.collect()

    assert log.told[2:] == [("finished", "one", "Blue.")]


async def test_a_stream_that_is_left():
    """It failed, and nobody else is asked."""
    log = Log()
    known("one", ["Bl", "ue."])
    async with chain("one", observer=log) as router, await asked(router, stream=True) as stream:
        await anext(stream)

    assert log.told[2:] == [("failed", "one", StreamInterruptedError)]


@pytest.mark.parametrize("arguments", [{}, {"provider": "one"}])
async def test_a_named_provider(arguments):
    """Is observed as any; its failure begins no cool-down and no fallback."""
    log = Log()
    known("one", DOWN)
    async with chain("one", observer=log) as router:
        with pytest.raises(ProviderUnavailableError):
            await asked(router, **arguments)

    cool_down = (
        [] if arguments else [("cool down", "one", pytest.approx(30), ProviderUnavailableError)]
    )
    assert log.told == [
        ("started", "one", "one-default"),
        ("failed", "one", ProviderUnavailableError),
        *cool_down,
    ]


async def test_who_is_skipped_is_no_attempt():
    """Nothing was sent."""
    log = Log()
    known("one").has_credential = False
    known("two")
    async with chain("one", "two", observer=log) as router:
        await asked(router)

    assert [each[:2] for each in log.told] == [("started", "two"), ("finished", "two")]


async def test_a_cancelled_call():
    """It is told of the cancellation."""
    log = Log()
    known("one").takes = 60
    async with chain("one", observer=log) as router:
        call = asyncio.create_task(asked(router))
        await asyncio.sleep(0.01)
        call.cancel()
        await asyncio.wait([call])

    assert log.told[-1] == ("failed", "one", asyncio.CancelledError)


@on_the_clock
async def test_both_observers_count_the_retries():
    """The router's and the provider's own, which keeps to the router's limit too."""
    counts = []

    class Counting(Observer):
        """Notes the retries."""

        def finished(self, attempt, response):
            counts.append(attempt.retries)

        def failed(self, attempt, error, partial):
            counts.append(attempt.retries)

    service = Service(failing(503), failing(503), failing(429, retry_after="5"))
    provider = service.provider(AcmeProvider, max_retries=5)
    provider.observer = Counting()
    register_provider("acme", lambda: provider)
    two = known("two")
    async with chain("acme", "two", observer=Counting()) as router:
        await asked(router)

    assert len(service.requests) == 3
    assert two.asked_at[0] <= 1.5
    assert counts == [2, 2, 0]


@on_the_clock
async def test_the_last_is_not_limited_by_an_observer():
    """Its own observer changes nothing of its retries."""
    service = Service(failing(429, retry_after="5"), Reply(completion()))
    provider = service.provider(AcmeProvider)
    provider.observer = Observer()
    register_provider("acme", lambda: provider)
    async with chain("acme") as router:
        assert (await asked(router)).text == "Blue."

    assert len(service.requests) == 2


# Observers that fail.


class Broken(Observer):
    """Raises at each occasion, in the words of a key."""

    def _raise(self, *_):
        raise KeyError("sk-secret-0815")

    attempt_started = first_event = finished = failed = fallback = cool_down = _raise


async def test_an_observer_that_raises():
    """The call goes on; a warning names the method, the error and its place, not its text."""
    known("one", DOWN)
    known("two")
    async with chain("one", "two", observer=Broken()) as router:
        with pytest.warns(RuntimeWarning) as caught:
            answer = await asked(router)
        with pytest.warns(RuntimeWarning):
            stream = await asked(router, stream=True)
        with pytest.warns(RuntimeWarning):
            response = await stream.collect()

    assert answer.text == response.text == "two"
    messages = [str(each.message) for each in caught]
    assert len(messages) == 6
    assert messages[0].startswith("the observer's Broken._raise raised KeyError at ")
    assert f"{__file__}:" in messages[0]
    assert not any("secret" in message for message in messages)


async def test_an_observer_that_raises_counts_nothing_away():
    """What the calls used is counted nevertheless."""
    known("one")
    async with chain("one", observer=Broken()) as router:
        with pytest.warns(RuntimeWarning):
            await asked(router)

    assert [row.calls for row in router.usage.rows()] == [1]


async def test_an_observer_that_raises_changes_no_error():
    """The failure is that of the provider."""
    known("one", DOWN)
    async with chain("one", observer=Broken()) as router:
        with pytest.warns(RuntimeWarning), pytest.raises(AllProvidersFailedError, match="down"):
            await asked(router)
        with pytest.warns(RuntimeWarning), pytest.raises(ProviderUnavailableError, match="down"):
            await asked(router, provider="one")


async def test_an_observer_that_is_a_coroutine():
    """It is not run, and a warning says so."""

    class Async(Observer):
        """Waits."""

        async def finished(self, attempt, response):
            raise AssertionError("it is not run")

    known("one")
    async with chain("one", observer=Async()) as router:
        with pytest.warns(RuntimeWarning, match=r"Async.finished is a coroutine function and was"):
            assert (await asked(router)).text == "one"


async def test_an_observer_that_interrupts():
    """Ctrl-C within an observer is no failure of it."""

    class Interrupted(Observer):
        """Is interrupted."""

        def attempt_started(self, attempt):
            raise KeyboardInterrupt

    one = known("one")
    async with chain("one", observer=Interrupted()) as router:
        with pytest.raises(KeyboardInterrupt):
            await asked(router)

    assert not one.calls


@pytest.mark.parametrize("observer", [print, Observer, "log", 3])
def test_what_is_no_observer(observer):
    """It is refused when the router is built."""
    with pytest.raises(TypeError, match="observer must be an Observer, not "):
        ProviderRouter(observer=observer)


def test_an_attempt_shows_no_secrets():
    """Its options may hold headers."""
    from provider_sdk._observing import ObservedAttempt

    attempt = ObservedAttempt("one", "m", "sk-1", {"extra_headers": {"x-api-key": "sk-2"}}, False)

    assert "sk-" not in repr(attempt)
