"""How a ``ChatStream`` is pulled, left and closed, and what may stand behind it."""

import asyncio
import contextlib
import gc
import json

import httpx
import pytest
from provider_sdk import (
    ChatResponse,
    ChatStream,
    Delta,
    ProviderError,
    ScriptedSource,
    StreamEnd,
    StreamInterruptedError,
    ToolCall,
    Usage,
    events_of,
)

from ._clock import on_the_clock
from ._service import (
    DONE,
    STALL,
    USER,
    Body,
    Reply,
    Service,
    chunk,
    opened,
    sse,
    streamed,
)

FIRST = sse(chunk("Bl"))
SECOND = sse(chunk("ue."))
FINISH = sse(chunk(finish="stop"))
BROKEN = httpx.ReadError("connection reset")


def _drop(held):
    held.clear()
    gc.collect()


async def test_exhaustion_closes_the_connection():
    """Once, and a further ``aclose`` does nothing."""
    stream, body = await opened(FIRST, FINISH, DONE)
    async for _ in stream:
        assert body.closings == 0

    await stream.aclose()

    assert body.closings == 1


async def test_leaving_the_block_closes_the_connection():
    """However it is left: here by ``break``."""
    stream, body = await opened(FIRST, SECOND, FINISH)
    async with stream:
        async for _ in stream:
            break

    assert body.closings == 1
    assert [chunk async for chunk in stream] == []


async def test_an_exception_in_the_block_closes_the_connection():
    """And it passes."""
    stream, body = await opened(FIRST, SECOND, FINISH)

    with pytest.raises(ZeroDivisionError):
        async with stream:
            1 / 0  # noqa: B018

    assert body.closings == 1


async def test_aclose_closes_the_connection_once():
    """However often it is called."""
    stream, body = await opened(FIRST, SECOND, FINISH)

    await stream.aclose()
    await stream.aclose()

    assert body.closings == 1


async def test_cancellation_passes_and_closes_the_connection():
    """Whoever stops reading does not leave the service writing."""
    stream, body = await opened(FIRST, STALL)
    reading = asyncio.create_task(stream.collect())
    await body.stalled.wait()

    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading
    assert body.closings == 1


async def test_reading_on_behind_a_cancelled_read_is_an_error():
    """A read that was given up leaves a short answer, and none is passed off as whole."""
    stream, _ = await opened(FIRST, STALL)
    await anext(stream)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await anext(stream)

    for _ in range(2):
        with pytest.raises(StreamInterruptedError, match="an earlier read was cancelled") as caught:
            await anext(stream)
        assert caught.value.partial.text == "Bl"


async def test_reading_on_behind_the_end_or_a_closing_gives_nothing():
    """Both were wanted."""
    read, _ = await opened(FIRST, FINISH)
    await read.collect()
    left, _ = await opened(FIRST, STALL)
    await left.aclose()

    assert [await anext(stream, None) for stream in (read, left)] == [None, None]


async def test_cancellation_before_the_first_event_closes_the_connection():
    """The call that waits for it can be cancelled."""
    body = Body([STALL])
    provider = Service(Reply(body, headers={"content-type": "text/event-stream"})).provider()
    calling = asyncio.create_task(provider.chat(USER, stream=True))
    await body.stalled.wait()

    calling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await calling
    assert body.closings == 1


async def test_a_bare_break_warns():
    """What cannot be closed in time is told of at collection."""
    *held, body = await opened(FIRST, SECOND, FINISH)
    async for _ in held[0]:
        break

    with pytest.warns(ResourceWarning, match="a ChatStream was dropped while its connection"):
        _drop(held)

    assert body.closings == 0


async def test_a_closed_stream_is_dropped_silently():
    """No warning where there is no reason for one."""
    *held, _ = await opened(FIRST, FINISH)
    await held[0].collect()

    _drop(held)


async def test_a_connection_that_breaks_at_closing_is_closed():
    """The answer is decided already, and leaving it raises nothing."""

    class Breaking(Body):
        async def aclose(self):
            await super().aclose()
            raise httpx.CloseError("gone")

    bodies = [Breaking([FIRST, FINISH]), Breaking([FIRST, FINISH])]
    headers = {"content-type": "text/event-stream"}
    provider = Service(*(Reply(body, headers=headers) for body in bodies)).provider()

    read = await provider.chat(USER, stream=True)
    left = await provider.chat(USER, stream=True)
    await left.aclose()

    assert (await read.collect()).text == "Bl"
    assert [body.closings for body in bodies] == [1, 1]


async def test_at_most_one_read_ahead():
    """The stream is pulled: nothing is read before it is asked for."""
    stream, body = await opened(FIRST, SECOND, FINISH, DONE)

    assert body.reads == 1
    assert [body.reads async for _ in stream] == [1, 2]


async def test_events_of_one_read_cost_no_further_reads():
    """What has arrived together is given one by one."""
    stream, body = await opened(FIRST + SECOND, STALL)

    assert [(await anext(stream)).text for _ in range(2)] == ["Bl", "ue."]
    assert body.reads == 1
    await stream.aclose()


async def test_interleaved_streams_are_independent():
    """Two streams of one provider share nothing."""
    service = Service(
        streamed(sse(chunk("<think>a")), sse(chunk("1")), FINISH),
        streamed(sse(chunk("b")), sse(chunk("2")), FINISH),
    )
    provider = service.provider()
    first = await provider.chat(USER, stream=True)
    second = await provider.chat(USER, stream=True)

    async for _ in first:
        await anext(second, None)

    assert (await first.collect()).reasoning == "a1"
    assert (await second.collect()).text == "b2"


@on_the_clock
async def test_a_short_rest_is_drained():
    """The body is read to its end after the terminator, so that the connection lives on."""
    stream, body = await opened(FIRST, DONE, b"\n", b"\n")

    await stream.collect()

    assert body.reads == 4


@on_the_clock
async def test_a_rest_that_never_comes_is_not_waited_for():
    """The answer does not hang on a service that keeps the connection open."""
    stream, body = await opened(FIRST, DONE, STALL)

    assert (await stream.collect()).text == "Bl"
    assert body.closings == 1


@on_the_clock
@pytest.mark.parametrize(
    ("ends", "text"), [(FINISH, "Blue.!"), (sse(chunk("ue.", finish="stop")), "Blue.ue.!")]
)
async def test_an_answer_that_goes_on_after_its_end_is_waited_for(ends, text):
    """Where finish reasons stand between the pieces, the end of the body is the end."""
    stream, _ = await opened(FIRST, FINISH, 1, SECOND, 30, ends, 30, sse(chunk("!")))

    assert (await stream.collect()).text == text


class _SlowSource(ScriptedSource):
    """Takes a second and a half for each batch of events."""

    async def read(self):
        await asyncio.sleep(1.5)
        return await super().read()


@on_the_clock
@pytest.mark.parametrize(("may_go_on", "text"), [(True, "Blue."), (False, "Bl")])
async def test_an_answer_that_may_go_on_is_waited_for(may_go_on, text):
    """A dialect may know that a finish reason is perhaps not the last."""
    end = Delta("Bl", finish_reason="stop", may_go_on=may_go_on)
    source = _SlowSource([[end], [], [Delta("ue.")]])
    response = await ChatStream(source, provider="acme", model="acme-large").collect()

    assert (response.text, response.finish_reason) == (text, "stop")


@on_the_clock
async def test_an_answer_that_goes_on_and_stalls_is_whole():
    """It has a finish reason; a warning says that more may have been to come."""
    stream, _ = await opened(FIRST, FINISH, SECOND, STALL)
    response = await stream.collect()

    assert (response.text, response.finish_reason) == ("Blue.", "stop")
    assert any("after the end of the answer" in warning for warning in response.warnings)


@on_the_clock
async def test_a_long_rest_is_not_read():
    """It costs more than a new connection."""
    stream, body = await opened(FIRST, DONE, *[b"x" * 10_000] * 100)

    await stream.collect()

    assert body.reads < 20


def scripted(*batches):
    """A stream without a connection."""
    return ChatStream(ScriptedSource(batches), provider="acme", model="acme-large")


async def test_a_stream_can_be_made_of_events():
    """An adapter over a foreign client needs no bytes."""
    stream = scripted([], [Delta("Bl"), Delta("ue.")], [Delta(finish_reason="stop")])

    assert [chunk.text async for chunk in stream] == ["Bl", "ue."]


async def test_a_stream_that_is_closed_while_it_reads_returns_nothing_more():
    """What arrives with the read that was on its way is no part of the answer."""

    class Closing(ScriptedSource):
        async def read(self):
            await stream.aclose()
            return await super().read()

    stream = ChatStream(Closing([[Delta("Blue.")]]), provider="acme", model="acme-large")

    assert [chunk.text async for chunk in stream] == []
    assert stream.partial.text == ""


async def test_a_stream_can_be_made_of_a_response():
    """It adds up to the same answer."""
    response = ChatResponse(
        text="Blue.",
        reasoning="Hm.",
        tool_calls=(ToolCall("c1", "sum", {"a": 1}),),
        finish_reason="tool_calls",
        usage=Usage(1, 2),
        model="m",
    )

    found = await scripted(events_of(response)).collect()

    assert (found.text, found.reasoning, found.usage) == ("Blue.", "Hm.", Usage(1, 2))
    assert found.tool_calls[0].arguments == {"a": 1}
    assert json.loads(found.tool_calls[0].arguments_text) == {"a": 1}


@pytest.mark.parametrize("last", [StreamEnd(), Delta(finish_reason="stop"), Delta("a")])
async def test_a_source_is_closed_exactly_once(last):
    """By its end or by its failure, and not again."""
    closings = []

    class Counting(ScriptedSource):
        async def aclose(self):
            closings.append(self)

    stream = ChatStream(Counting([[last]]), provider="acme", model="acme-large")
    with contextlib.suppress(StreamInterruptedError):
        await stream.collect()
    await stream.aclose()

    assert len(closings) == 1


async def test_a_source_that_fails_is_an_interruption():
    """Whatever ``ProviderError`` it raises, the stream was cut."""

    class Failing(ScriptedSource):
        async def read(self):
            raise ProviderError("gone")

    stream = ChatStream(Failing([]), provider="acme", model="acme-large")

    with pytest.raises(StreamInterruptedError, match="gone"):
        await stream.collect()


async def test_a_dropped_stream_of_a_script_warns_too():
    """The rule does not ask what is behind the stream."""
    held = [scripted([Delta("a")], [StreamEnd()])]

    with pytest.warns(ResourceWarning):
        _drop(held)


# What a router adds to a stream.


WHOLE = [Delta("Blue."), Delta(finish_reason="stop")], [StreamEnd()]


async def test_waiting_for_the_first_event_of_a_stream_that_has_ended():
    """It returns at once, and reads nothing."""
    stream = scripted(*WHOLE)
    await stream.collect()
    stream.wrap_source(lambda source: None)

    assert await stream.wait_first_event() is stream


async def test_what_is_called_at_the_end():
    """Each hook once, in their order, with what ended the stream; later ones at once."""
    told = []
    stream = scripted(*WHOLE)
    stream.on_end(lambda *what: told.append(("first", *what)))
    stream.on_end(lambda *what: told.append(("second", *what)))
    assert (stream.is_whole, told) == (False, [])
    await stream.collect()
    await stream.aclose()
    assert (stream.is_whole, told) == (True, [("first", stream, None), ("second", stream, None)])

    stream.on_end(lambda *what: told.append(("third", *what)))
    assert told[2:] == [("third", stream, None)]


async def test_what_is_called_after_a_failure():
    """It gets the error that the reader gets."""
    told = []
    stream = scripted([Delta("Bl")])
    stream.on_end(lambda stream, error: told.append(error))

    with pytest.raises(StreamInterruptedError) as caught:
        await stream.collect()

    assert told == [caught.value]


async def test_a_warning_that_is_added():
    """It is the answer's."""
    stream = scripted(*WHOLE)
    await stream.wait_first_event()
    stream.warn("mind the gap")

    assert (await stream.collect()).warnings == ("mind the gap",)
