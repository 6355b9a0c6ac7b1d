"""What a ``ChatStream`` gives, and when it is whole."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from provider_sdk import (
    ChatChunk,
    ProviderOverloadedError,
    ProviderResponseError,
    ProviderWarning,
    StreamInterruptedError,
    ToolCall,
    ToolCallDelta,
    Usage,
)

from ._service import (
    DONE,
    STALL,
    USER,
    Body,
    Reply,
    Service,
    StrictProvider,
    chunk,
    completion,
    opened,
    sse,
    streamed,
    tool,
)

FIRST = sse(chunk("Bl"))
SECOND = sse(chunk("ue."))
FINISH = sse(chunk(finish="stop"))
BROKEN = httpx.ReadError("connection reset")


async def test_it_gives_chunks_and_then_the_response():
    """An iterator of ``ChatChunk``; its aggregate once it ended."""
    stream, _ = await opened(FIRST, SECOND, FINISH, DONE)

    assert [chunk async for chunk in stream] == [ChatChunk("Bl"), ChatChunk("ue.")]
    assert stream.response.text == "Blue."
    assert stream.response.finish_reason == "stop"


async def test_the_response_holds_whole_tool_calls():
    """The fragments that were seen are joined."""
    call = chunk(tool_calls=[tool(0, "c1", "sum", '{"a"')])
    stream, _ = await opened(sse(call, chunk(tool_calls=[tool(0, arguments=": 1}")])), FINISH)

    fragments = [chunk.tool_calls async for chunk in stream]

    assert fragments[0] == [ToolCallDelta(0, "c1", "sum", '{"a"')]
    assert stream.response.tool_calls == (ToolCall.parse("c1", "sum", '{"a": 1}'),)


async def test_collect_reads_to_the_end():
    """Whoever wants the whole answer gets it."""
    stream, _ = await opened(FIRST, SECOND, FINISH)

    assert (await stream.collect()).text == "Blue."


async def test_collect_goes_on_where_iteration_stopped():
    """What was read counts."""
    stream, _ = await opened(FIRST, SECOND, FINISH)
    await anext(stream)

    assert (await stream.collect()).text == "Blue."


async def test_there_is_no_response_before_the_end():
    """An answer that is not whole is not passed off as one."""
    stream, _ = await opened(FIRST, SECOND, FINISH)

    with pytest.raises(RuntimeError, match="no response before its end"):
        _ = stream.response
    await stream.aclose()
    with pytest.raises(RuntimeError):
        _ = stream.response


async def test_partial_is_what_was_read():
    """It grows with the reading."""
    async with (await opened(FIRST, SECOND, FINISH))[0] as stream:
        assert stream.partial.text == ""
        await anext(stream)
        assert stream.partial.text == "Bl"


async def test_the_answer_says_who_served_it():
    """Request id and model are those of the service."""
    service = Service(streamed(FIRST, FINISH, headers={"x-request-id": "req-1"}))
    stream = await service.provider().chat(USER, stream=True)

    response = await stream.collect()

    assert response.request_id == "req-1"
    assert response.model == "acme-large-0815"
    assert response.raw is None


@pytest.mark.parametrize(
    "pieces",
    [
        (FIRST, FINISH, DONE),
        (FIRST, DONE),
        (FIRST, FINISH),
        (FIRST, sse(chunk(finish="length"))),
        (FIRST, sse(chunk(finish="content_filter"))),
        (FIRST, FINISH, BROKEN),
        (FIRST, FINISH, b"data: junk\n\n"),
        (FIRST, FINISH.rstrip()),
        (DONE,),
        (FINISH,),
    ],
)
async def test_a_terminator_or_a_finish_reason_makes_it_whole(pieces):
    """Several back ends never send ``[DONE]``, so either is enough."""
    stream, body = await opened(*pieces)

    assert (await stream.collect()).text in ("Bl", "")
    assert body.closings == 1


async def test_a_break_behind_the_answer_is_told():
    """The answer is whole, and its warnings say what followed."""
    stream, _ = await opened(FIRST, FINISH, BROKEN)

    assert "after the end of the answer" in (await stream.collect()).warnings[0]


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        ((), "the stream ended before the answer did"),
        ((BROKEN,), "the connection broke .*connection reset"),
        ((httpx.RemoteProtocolError("peer closed"),), "the connection broke .*peer closed"),
        ((b"data: junk\n\n",), "not a chunk of an answer"),
        ((b"data: {\n\n",), "not a chunk of an answer"),
        ((b"data: " + b"x" * 9_000_000,), "the stream is broken: a line is longer"),
    ],
)
async def test_any_other_end_is_an_interruption(rest, problem):
    """A cut stream is never a quiet short answer; what had arrived is in ``partial``."""
    stream, body = await opened(FIRST, SECOND, *rest)

    with pytest.raises(StreamInterruptedError, match=problem) as caught:
        await stream.collect()

    assert caught.value.partial.text == "Blue."
    assert (caught.value.provider, caught.value.model) == ("acme", "acme-large")
    assert "partial" in str(caught.value)
    assert body.closings == 1


async def test_cut_tool_calls_are_in_partial():
    """What of a call had arrived can be inspected."""
    stream, _ = await opened(sse(chunk(tool_calls=[tool(0, "c1", "sum", '{"a"')])))

    with pytest.raises(StreamInterruptedError) as caught:
        await stream.collect()

    assert caught.value.partial.tool_calls[0].arguments is None


async def test_what_follows_the_terminator_is_ignored():
    """Data behind ``[DONE]`` is no part of the answer, whatever it says."""
    later = sse(chunk(" Not."), {"error": "late"}) + b"data: junk\n\n"
    stream, _ = await opened(FIRST, SECOND + FINISH + DONE + later, later)

    assert (await stream.collect()).text == "Blue."


@pytest.mark.parametrize("finished", [b"", FINISH])
async def test_an_error_in_the_stream_is_always_raised(finished):
    """Also behind a finish reason; what had arrived is in ``partial``."""
    error = sse({"error": {"message": "too busy", "type": "overloaded_error"}})
    stream, body = await opened(FIRST, finished + error, DONE)

    with pytest.raises(ProviderOverloadedError, match="too busy") as caught:
        await stream.collect()

    assert caught.value.partial.text == "Bl"
    assert (caught.value.provider, caught.value.model) == ("acme", "acme-large")
    assert body.closings == 1


async def test_an_ended_stream_stays_ended():
    """After its end, or its error, there is nothing more to read."""
    stream, _ = await opened(FIRST, BROKEN)
    with pytest.raises(StreamInterruptedError):
        await stream.collect()

    assert [chunk async for chunk in stream] == []


@pytest.mark.parametrize(
    ("piece", "error"),
    [
        (sse({"error": {"message": "it broke"}}), ProviderResponseError),
        (BROKEN, StreamInterruptedError),
        (b"data: junk\n\n", StreamInterruptedError),
        (b": ping\n\n", StreamInterruptedError),
    ],
)
async def test_an_error_before_the_first_event_is_raised_by_the_call(piece, error):
    """Whoever has a stream has had its first event."""
    body = Body([piece])
    service = Service(Reply(body, headers={"content-type": "text/event-stream"}))

    with pytest.raises(error):
        await service.provider(max_retries=0).chat(USER, stream=True)

    assert body.closings == 1


async def test_comments_are_no_first_event():
    """Keep-alives do not make the call return."""
    stream, body = await opened(b": ping\n\n", b": ping\n\n", FIRST, FINISH)

    assert body.reads == 3
    await stream.aclose()


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
async def test_a_service_that_does_not_stream_is_read_whole(kind):
    """One whole answer comes as one chunk, and a warning tells."""
    reply = Reply(completion(reasoning="Hm."), headers={"content-type": kind})
    stream = await Service(reply).provider().chat(USER, stream=True)

    assert [chunk async for chunk in stream] == [ChatChunk("Blue.", "Hm.")]
    assert stream.response.usage == Usage(5, 2, 7)
    assert "ignored stream=True" in stream.response.warnings[0]


@pytest.mark.parametrize("before", [b"", b"\n", b": ping\n\n"])
async def test_events_may_be_called_json(before):
    """OpenAI itself has done so; the first byte decides."""
    pieces = [before, FIRST, FINISH] if before else [FIRST, FINISH]
    reply = Reply(Body(pieces), headers={"content-type": "application/json"})

    stream = await Service(reply).provider().chat(USER, stream=True)

    assert (await stream.collect()).warnings == ()
    assert stream.response.text == "Bl"


async def test_what_is_called_json_can_be_cancelled():
    """Also before its first byte, and the connection is closed."""
    body = Body([STALL])
    provider = Service(Reply(body, headers={"content-type": "application/json"})).provider()
    calling = asyncio.create_task(provider.chat(USER, stream=True))
    await body.stalled.wait()

    calling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await calling
    assert body.closings == 1


async def test_the_warnings_of_a_whole_answer_are_kept():
    """A stream that is made of it tells what the answer tells."""
    reply = Reply(
        completion(function_call={"name": "sum"}), headers={"content-type": "application/json"}
    )
    with pytest.warns(ProviderWarning):
        stream = await Service(reply).provider(StrictProvider).chat(USER, stream=True, top_p=0.2)

    notes = " ".join((await stream.collect()).warnings)
    assert "top_p was dropped" in notes
    assert "outside the contract" in notes


async def test_a_whole_answer_warns_once_of_a_missing_call():
    """Reader and stream both look for it."""
    body = completion()
    body["choices"][0]["finish_reason"] = "tool_calls"
    reply = Reply(body, headers={"content-type": "application/json"})
    stream = await Service(reply).provider().chat(USER, stream=True)

    missing = "the answer ends with a call of a tool, and holds none"
    assert (await stream.collect()).warnings[1:] == (missing,)


async def test_an_html_page_is_no_stream():
    """A portal's page with status 200 is a broken answer."""
    reply = Reply(b"<html><title>Log in</title></html>", headers={"content-type": "text/html"})

    with pytest.raises(ProviderResponseError, match="an HTML page"):
        await Service(reply).provider().chat(USER, stream=True)


class Shouting:
    """A source that changes what another one returns."""

    def __init__(self, inner):
        self.inner = inner
        self.drain, self.aclose = inner.drain, inner.aclose

    async def read(self):
        """Return the events with their text in capitals."""
        events = await self.inner.read()
        return events and [replace(e, text=e.text.upper()) if e.text else e for e in events]


async def test_a_wrapped_source_sees_every_event():
    """Also those that were read ahead before it was put in."""
    stream, _ = await opened(FIRST, SECOND, FINISH)
    stream.wrap_source(Shouting)

    assert (await stream.collect()).text == "BLUE."


async def test_a_source_can_be_wrapped_in_between():
    """What was read already stays as it was."""
    stream, _ = await opened(FIRST, SECOND, FINISH)
    await anext(stream)
    stream.wrap_source(Shouting)

    assert (await stream.collect()).text == "BlUE."


async def test_closing_a_stream_closes_the_source_below_a_wrapper():
    """The connection is released however many sources lie over it."""
    stream, body = await opened(FIRST, STALL)
    stream.wrap_source(Shouting)
    await stream.aclose()

    assert body.closings == 1


async def test_errors_pass_through_the_hook():
    """What it returns is raised instead."""
    stream, _ = await opened(FIRST, BROKEN)
    stream.on_error(lambda error: ProviderOverloadedError(f"seen: {error.message}"))

    with pytest.raises(ProviderOverloadedError, match=r"^seen: the connection broke"):
        await stream.collect()


async def test_the_partial_answer_of_a_whole_stream_is_the_response():
    """Whoever asks for what has arrived gets all of it."""
    stream, _ = await opened(FIRST, SECOND, FINISH)
    response = await stream.collect()

    assert stream.partial is response


async def test_nothing_is_read_after_a_terminator_at_the_end_of_the_body():
    """The end of the body was seen already, so there is nothing to drain."""
    stream, body = await opened(FIRST, FINISH, b"data: [DONE]")

    assert (await stream.collect()).text == "Bl"
    assert body.closings == 1


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "x" * 500},
        {"reasoning_content": "x" * 500},
        {"refusal": "x" * 500},
        {"tool_calls": [tool(0, "c1", "sum", "x" * 500)]},
    ],
)
async def test_a_streamed_answer_is_bounded(monkeypatch, delta):
    """What arrived until then is kept."""
    monkeypatch.setattr("provider_sdk._stream.MAX_ANSWER", 2000)
    stream, _ = await opened(*[sse(chunk(**delta))] * 10)

    with pytest.raises(StreamInterruptedError, match="larger than 2000 characters"):
        await stream.collect()


async def test_a_stream_that_adds_nothing_is_bounded(monkeypatch):
    """Comments, and state that only the next turn shows, count as bytes."""
    monkeypatch.setattr("provider_sdk._http.source.MAX_STREAM_BYTES", 2000)
    details = [{"type": "reasoning.encrypted", "data": "x" * 100}]
    for piece in (b": still here\n\n", sse(chunk(reasoning_details=details))):
        stream, _ = await opened(sse(chunk("Blue.")), *[piece] * 200)

        with pytest.raises(StreamInterruptedError, match="larger than 2000 bytes") as caught:
            await stream.collect()

        assert caught.value.partial.text == "Blue."


async def test_a_stream_of_calls_without_end_is_bounded(monkeypatch):
    """Each call counts, although it holds no text."""
    monkeypatch.setattr("provider_sdk._stream.MAX_ANSWER", 20_000)
    calls = [sse(chunk(tool_calls=[tool(number, f"c{number}", "f")])) for number in range(50)]
    stream, _ = await opened(*calls)

    with pytest.raises(StreamInterruptedError, match="larger than"):
        await stream.collect()


@pytest.mark.parametrize(
    ("bodies", "hint"),
    [
        ([sse(chunk("", role="assistant"))], "Ask again."),
        ([FIRST], "Ask again; what had arrived is kept as a partial answer."),
        (
            [sse(chunk(reasoning_content="Hm"))],
            "Ask again; what had arrived is kept as a partial answer.",
        ),
    ],
    ids=["nothing", "text", "reasoning"],
)
async def test_a_partial_answer_is_mentioned_if_there_is_one(bodies, hint):
    """The hint of a cut stream mentions a partial answer only if something had arrived."""
    stream, _ = await opened(*bodies)

    with pytest.raises(StreamInterruptedError) as caught:
        await stream.collect()

    assert caught.value.hint == hint
