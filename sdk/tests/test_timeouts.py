"""Time: the deadline of a call and the idle limit of a stream."""

import asyncio
import itertools

import pytest
from provider_sdk import (
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    StreamInterruptedError,
    StreamTimeoutError,
)

from ._clock import now, on_the_clock
from ._service import (
    DONE,
    STALL,
    USER,
    AcmeProvider,
    Body,
    Reply,
    Service,
    chunk,
    completion,
    failing,
    sse,
    streamed,
)

FIRST = sse(chunk("Bl"))
LAST = sse(chunk("ue.", finish="stop"))
EVENTS = {"content-type": "text/event-stream"}


def _stalled():
    return streamed(STALL)


@on_the_clock
async def test_a_call_takes_at_most_120_seconds():
    """The default deadline; the error says how long, and what to do."""
    with pytest.raises(ProviderTimeoutError, match=r"no answer within 120 s\. Raise the timeout"):
        await Service(_stalled()).provider().chat(USER)

    assert now() == 120


@on_the_clock
async def test_the_provider_sets_the_deadline():
    """For all its calls."""
    with pytest.raises(ProviderTimeoutError, match="within 7 s"):
        await Service(_stalled()).provider(timeout=7).chat(USER)

    assert now() == 7


@on_the_clock
async def test_a_call_sets_its_own_deadline():
    """The option goes before the provider's."""
    with pytest.raises(ProviderTimeoutError, match=r"within 0\.5 s"):
        await Service(_stalled()).provider(timeout=7).chat(USER, timeout=0.5)

    assert now() == 0.5


@on_the_clock
async def test_what_is_left_of_a_deadline_is_shown_in_short():
    """A router passes on what is left of three seconds; nobody asked for the digits."""
    with pytest.raises(ProviderTimeoutError, match="within 3 s"):
        await Service(_stalled()).provider().chat(USER, timeout=2.99993)


@on_the_clock
async def test_one_deadline_covers_all_attempts():
    """Retries and their waits have no time of their own."""

    async def slow(request):
        await asyncio.sleep(50)
        return failing(500)

    service = Service(slow)

    with pytest.raises(ProviderTimeoutError, match="within 120 s"):
        await service.provider(max_retries=9).chat(USER)

    assert now() == 120
    assert len(service.requests) == 3


@on_the_clock
async def test_an_explanation_has_no_time_of_its_own():
    """A better hint is no reason to fail later than the caller allowed."""

    class Explaining(AcmeProvider):
        async def explain(self, error):
            await asyncio.sleep(1000)
            return error

    async def slow(request):
        await asyncio.sleep(115)
        return failing(400, "bad request")

    with pytest.raises(ProviderRequestError, match="bad request"):
        await Service(slow).provider(Explaining).chat(USER)

    assert now() == 120


@on_the_clock
async def test_the_deadline_covers_the_body():
    """An answer that drips is as late as none."""
    pieces = [piece for byte in b'{"choices": []}' for piece in (50, bytes([byte]))]

    with pytest.raises(ProviderTimeoutError):
        await Service(Reply(Body(pieces))).provider().chat(USER)

    assert now() == 120


@on_the_clock
async def test_a_late_answer_in_time_is_an_answer():
    """A model may think for as long as the deadline lets it."""
    service = Service(streamed(119.9, b'{"choices": [{"message": {"content": "Blue."}}]}'))

    assert (await service.provider().chat(USER)).text == "Blue."


@on_the_clock
async def test_a_stream_has_the_deadline_up_to_its_first_event():
    """Comments are not yet an answer."""
    service = Service(streamed(*(piece for _ in range(9) for piece in (30, b": ping\n\n"))))

    with pytest.raises(ProviderTimeoutError, match="within 120 s"):
        await service.provider().chat(USER, stream=True)

    assert now() == 120


@on_the_clock
async def test_a_stream_has_no_deadline_after_its_first_event():
    """It may go on for hours, as long as it goes on."""
    pieces = [piece for _ in range(100) for piece in (59, FIRST)]
    stream = await Service(streamed(*pieces, LAST)).provider().chat(USER, stream=True)

    assert len((await stream.collect()).text) == 203
    assert now() == 5900


@on_the_clock
async def test_a_stream_may_be_silent_for_60_seconds():
    """Then it is cut, and what had arrived is in ``partial``."""
    body = Body([100, FIRST, STALL])
    service = Service(Reply(body, headers={"content-type": "text/event-stream"}))
    stream = await service.provider().chat(USER, stream=True)

    with pytest.raises(StreamTimeoutError, match="the stream was silent for 60 s") as caught:
        await stream.collect()

    assert now() == 160
    assert caught.value.partial.text == "Bl"
    assert body.closings == 1


@on_the_clock
async def test_a_silent_stream_is_late_and_cut():
    """Handlers of both kinds catch it."""
    stream = await Service(streamed(FIRST, STALL)).provider().chat(USER, stream=True)

    with pytest.raises(StreamInterruptedError) as caught:
        await stream.collect()

    assert isinstance(caught.value, ProviderTimeoutError)
    assert isinstance(caught.value, ProviderUnavailableError)


@on_the_clock
async def test_a_finished_stream_that_falls_silent_is_whole():
    """The finish reason was seen; a terminator is waited for two seconds."""
    stream = await Service(streamed(FIRST, LAST, STALL)).provider().chat(USER, stream=True)
    start = asyncio.get_running_loop().time()

    response = await stream.collect()

    assert response.text == "Blue."
    assert asyncio.get_running_loop().time() - start == pytest.approx(2)


@on_the_clock
async def test_heartbeats_after_the_finish_reason_end_the_stream_in_time():
    """A service that never ends its stream holds nobody."""
    beats = itertools.cycle([0.5, b": keep-alive\n\n"])
    service = Service(lambda _: Reply(Body(itertools.chain([FIRST, LAST], beats)), headers=EVENTS))
    stream = await service.provider().chat(USER, stream=True)

    assert (await stream.collect()).text == "Blue."


async def test_heartbeats_that_never_wait_end_the_stream_too(monkeypatch):
    """Also where every read returns at once."""
    monkeypatch.setattr("provider_sdk._stream._REST_S", 0.01)
    beats = itertools.repeat(b": keep-alive\n\n")
    service = Service(lambda _: Reply(Body(itertools.chain([FIRST, LAST], beats)), headers=EVENTS))
    stream = await service.provider().chat(USER, stream=True)

    assert (await stream.collect()).text == "Blue."


@on_the_clock
async def test_usage_after_the_finish_reason_is_waited_for():
    """It comes last, and may take a moment."""
    usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    stream = (
        await Service(streamed(FIRST, LAST, 1.5, sse(usage))).provider().chat(USER, stream=True)
    )

    assert (await stream.collect()).usage.prompt_tokens == 3


@on_the_clock
async def test_a_slow_reader_is_no_silence():
    """The time that the application takes between chunks does not count."""
    stream = await Service(streamed(FIRST, FIRST, LAST, DONE)).provider().chat(USER, stream=True)

    async for _ in stream:
        await asyncio.sleep(1000)

    assert stream.response.text == "BlBlue."


@on_the_clock
async def test_the_caller_s_own_timeout_passes():
    """``asyncio.timeout`` around a call raises what it always raises."""
    service = Service(_stalled())

    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(3):
            await service.provider().chat(USER)

    assert type(caught.value) is TimeoutError
    assert now() == 3


@on_the_clock
async def test_the_caller_s_own_timeout_of_a_chunk_passes():
    """It closes the stream like any cancellation, and what was read is no whole answer."""
    stream = await Service(streamed(FIRST, STALL)).provider().chat(USER, stream=True)
    await anext(stream)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await anext(stream)

    with pytest.raises(StreamInterruptedError):
        await stream.collect()


async def test_connecting_takes_at_most_5_seconds():
    """Reading is bounded by the deadline alone, so that a model may think."""
    service = Service(Reply(completion()))

    await service.provider().chat(USER)

    limits = service.requests[0].extensions["timeout"]
    assert limits == {"connect": 5.0, "read": None, "write": None, "pool": None}
