"""An observer is told what becomes of each call of a provider."""

import asyncio

import pytest
from provider_sdk import (
    Observer,
    ProviderAuthError,
    StreamInterruptedError,
)

from ._service import (
    STALL,
    USER,
    AcmeProvider,
    Reply,
    Service,
    chunk,
    completion,
    failing,
    sse,
    streamed,
)


class Log(Observer):
    """Writes down what it is told."""

    def __init__(self):
        self.events = []
        self.attempts = set()

    def _add(self, attempt, *event):
        self.attempts.add(attempt)
        self.events.append(event)

    def attempt_started(self, attempt):
        """Note the start."""
        self._add(attempt, "started", attempt.provider, attempt.model)

    def first_event(self, attempt):
        """Note the first event."""
        self._add(attempt, "first event")

    def finished(self, attempt, response):
        """Note the answer."""
        self._add(attempt, "finished", response.text, attempt.retries)

    def failed(self, attempt, error, partial):
        """Note the failure."""
        self._add(attempt, "failed", type(error), partial.text if partial else None)


def observed(service, **arguments):
    """A provider, and what its observer was told."""
    provider = service.provider(AcmeProvider, **arguments)
    provider.observer = log = Log()
    return provider, log


async def test_a_whole_answer():
    """It is told when the call starts, and of the answer."""
    provider, log = observed(Service(Reply(completion("Blue."))))

    await provider.chat(USER, "m")

    assert log.events == [("started", "acme", "m"), ("finished", "Blue.", 0)]
    assert len(log.attempts) == 1


async def test_a_streamed_answer():
    """It is told of the first event, and of the whole answer once the stream is read."""
    provider, log = observed(Service(streamed(sse(chunk("Blue.", finish="stop")))))

    stream = await provider.chat(USER, "m", stream=True)
    assert [event[0] for event in log.events] == ["started", "first event"]
    await stream.collect()

    assert log.events[2:] == [("finished", "Blue.", 0)]


async def test_a_failure():
    """It is told the error that the caller gets, without the credential."""
    service = Service(failing(401, "bad key sk-secret-key-1"))
    provider, log = observed(service, api_key="sk-secret-key-1")
    told = []
    log.failed = lambda attempt, error, partial: told.append(str(error))

    with pytest.raises(ProviderAuthError) as caught:
        await provider.chat(USER, "m")

    assert told == [str(caught.value)]
    assert "sk-secret" not in told[0]


async def test_retries_are_counted():
    """A request that was made again may have been billed twice."""
    provider, log = observed(Service(failing(503, **{"retry-after-ms": "1"}), Reply(completion())))

    await provider.chat(USER, "m")

    assert log.events[-1][2] == 1


async def test_a_broken_stream():
    """It is told what had arrived."""
    provider, log = observed(Service(streamed(sse(chunk("Bl")))))
    stream = await provider.chat(USER, "m", stream=True)

    with pytest.raises(StreamInterruptedError):
        await stream.collect()

    assert log.events[-1] == ("failed", StreamInterruptedError, "Bl")


async def test_a_stream_that_is_closed_early():
    """There is no whole answer."""
    provider, log = observed(Service(streamed(sse(chunk("Bl"), chunk("ue.", finish="stop")))))

    async with await provider.chat(USER, "m", stream=True) as stream:
        await anext(stream)

    assert log.events[-1] == ("failed", StreamInterruptedError, "Bl")
    await stream.aclose()
    assert len(log.events) == 3


async def test_a_cancelled_call():
    """It is told of the cancellation."""
    provider, log = observed(Service(streamed(STALL)))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await provider.chat(USER, "m")

    assert log.events[-1] == ("failed", asyncio.CancelledError, None)


async def test_a_call_that_is_refused():
    """Nothing was attempted."""
    provider, log = observed(Service())

    with pytest.raises(TypeError):
        await provider.chat(USER, "m", temprature=1)

    assert log.events == []
