"""LIFE: streams let go of their connections, however they are left."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from dataclasses import replace

from provider_sdk import BaseProvider, ChatStream

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.garbage import only_new_garbage
from provider_conformance.lab.reading import cut_off_by, streamed_reply
from provider_conformance.lab.waiting import running_in_background
from provider_conformance.wires._answer import Answer, Failure, Frame
from provider_conformance.wires._script import Exchange, Hang, Reply, SeenRequest, Step


def _frames_then_silence(frames: Sequence[Frame]) -> list[Step]:
    """Return the events up to the second text, and then silence."""
    texts = [n for n, frame in enumerate(frames) if frame.kind == "text"]
    return [*(frame.data for frame in frames[: texts[1] + 1]), Hang()]


async def _half_read_stream(lab: Lab, provider: BaseProvider) -> tuple[ChatStream, Exchange]:
    """Return a stream after its first chunk, with more to come, and its exchange."""
    await lab.must_succeed(provider, stream=True)
    lab.service.reply_next(streamed_reply(lab, lab.answer(), _frames_then_silence))
    stream = await lab.open_stream(provider)
    await anext(stream)
    return stream, lab.service.exchanges[-1]


async def require_closed(lab: Lab, exchange: Exchange, what: str) -> None:
    """Fail unless the client closed an unfinished reply exactly once."""
    await lab.wait_until(lambda: exchange.closed)
    lab.equal(f"how often the connection of {what} was closed", 1, exchange.closed)


@check("PC-LIFE-001", needs=["streaming"])
async def exhaustion_closes(lab: Lab) -> None:
    """A stream that was read to its end holds no connection.

    Rule: Exhaustion closes the connection, or returns it to be used again, exactly once.
    Why: Connections that leak away one by one stop a server after some hours.
    How: Reads a stream to its end without `async with`, looks at its connection, and makes another
    call beside it.
    Fix: Close the response when the stream ends.
    """
    provider = lab.provider()
    lab.service.reply_next(lab.answer())
    stream = await lab.open_stream(provider)
    async for _ in stream:
        pass
    exchange = lab.service.exchanges[-1]
    if lab.driver.name == "respx":
        await require_closed(lab, exchange, "a stream that was read to its end")
    await lab.must_succeed(provider)
    held = lab.driver.connections
    lab.true("open connections after a stream and another call", held <= 1, "1 at most", f"{held}")


@check("PC-LIFE-002", needs=["streaming"])
async def leaving_by_break_closes(lab: Lab) -> None:
    """Leaving `async with` by break closes the connection.

    Rule: Leaving the block of a stream closes its connection.
    Why: The service goes on writing, and bills, for as long as somebody listens.
    How: Breaks out of the loop after the first chunk, inside `async with`.
    Fix: Close the response in __aexit__.
    """
    stream, exchange = await _half_read_stream(lab, lab.provider())
    async with stream:
        pass
    await require_closed(lab, exchange, "a stream that was left by break")


class _ReaderError(Exception):
    """An exception raised by the reader of a stream."""


@check("PC-LIFE-003", needs=["streaming"])
async def leaving_by_exception_closes(lab: Lab) -> None:
    """Leaving `async with` by an exception closes the connection, and lets it pass.

    Rule: Leaving the block of a stream closes its connection, whatever it is left by.
    Why: The reader's own errors are the most frequent reason to stop.
    How: Raises after the first chunk, inside `async with`.
    Fix: Close the response in __aexit__, whether or not there is an exception, and return None.
    """
    stream, exchange = await _half_read_stream(lab, lab.provider())

    async def leave() -> None:
        async with stream:
            raise _ReaderError

    await lab.raises(_ReaderError, leave(), "a block that its reader leaves by an exception")
    await require_closed(lab, exchange, "a stream that was left by an exception")


@check("PC-LIFE-004", needs=["streaming"])
async def closing_a_stream_closes(lab: Lab) -> None:
    """aclose() of a stream closes the connection, once.

    Rule: aclose() closes the connection; calling it again does nothing.
    Why: Code that cannot use a block, such as a user interface, has nothing else.
    How: Calls aclose() after the first chunk, twice.
    Fix: Close the response in aclose(), and remember that it is closed.
    """
    stream, exchange = await _half_read_stream(lab, lab.provider())
    await stream.aclose()
    await stream.aclose()
    await require_closed(lab, exchange, "a stream whose aclose() was called")


@check("PC-LIFE-005", needs=["streaming"])
async def cancelling_the_reader_closes(lab: Lab) -> None:
    """Cancelling the reader of a stream closes the connection.

    Rule: Cancellation of the task that reads closes the connection, and CancelledError passes.
    Why: Web servers cancel the handler when its user goes away; the model must not write for
    nobody.
    How: Cancels a task that waits for the next chunk, without `async with`.
    Fix: Close on BaseException while reading, and raise it again.
    """
    stream, exchange = await _half_read_stream(lab, lab.provider())
    what = "a stream whose reader was cancelled"
    try:
        async with running_in_background(_read_to_end(stream)) as task:
            await lab.driver.settle()
            task.cancel()
            await lab.wait_until(task.done)
            lab.true(f"the reader of {what}", task.cancelled(), "to be cancelled", f"{task!r}")
        await require_closed(lab, exchange, what)
    finally:
        await stream.aclose()


async def _read_to_end(stream: ChatStream) -> None:
    async for _ in stream:
        pass


@check("PC-LIFE-006")
async def cancelling_a_call_closes(lab: Lab) -> None:
    """Cancelling a call closes its connection.

    Rule: Cancellation of a pending call lets go of its connection.
    Why: A call that goes on without its caller is billed, and holds a connection.
    How: Cancels a call while half of an answer's body has come.
    Fix: Await the request itself; neither shield it nor hand it to another task.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    usual = lab.wire.whole(lab.answer(model=lab.harness.model))
    lab.service.reply_next(replace(usual, steps=(usual.body[: len(usual.body) // 2], Hang())))
    sent = lab.request_count()
    async with running_in_background(lab.chat(provider)) as task:
        await lab.wait_until(lambda: lab.request_count() > sent and lab.service.exchanges[-1].sent)
        await lab.driver.settle()
        task.cancel()
        await lab.wait_until(task.done)
    await require_closed(lab, lab.service.exchanges[-1], "a call that was cancelled")


@check("PC-LIFE-007", needs=["streaming"])
async def dropped_stream_warns(lab: Lab) -> None:
    """A stream that is dropped while it is open warns.

    Rule: A bare break cannot close the connection; a ResourceWarning tells of it when the stream is
    collected.
    Why: Nothing else would lead the programmer to the missing `async with`.
    How: Breaks out of a loop without `async with`, drops the stream, and collects garbage.
    Fix: Return provider_sdk.ChatStream, or warn in __del__ as it does.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    lab.service.reply_next(streamed_reply(lab, lab.answer(), _frames_then_silence))
    before = len(lab.captured.warnings)
    with only_new_garbage():
        await _abandon_stream(lab, provider)
        gc.collect()
        await lab.driver.settle()  # the loop closes collected generators in tasks, which must run
        gc.collect()
    heard = [w for w in lab.captured.warnings[before:] if issubclass(w.category, ResourceWarning)]
    lab.true("warnings about a dropped stream", heard, "a ResourceWarning", "none")


async def _abandon_stream(lab: Lab, provider: BaseProvider) -> None:
    async for _ in await lab.open_stream(provider):
        break


@check("PC-LIFE-008", needs=["streaming"])
async def nothing_is_read_ahead(lab: Lab) -> None:
    """A stream reads at most one chunk ahead of its reader.

    Rule: What the reader has not asked for is left in the connection, but for one chunk.
    Why: A stream that is read ahead fills memory, is billed although its reader left, and is no
    stream but a whole answer in pieces.
    How: Reads a long stream up to its first text, and counts what was taken from the connection. (A
    socket buffers: there the answer is of many megabytes, and half of it must stay with the
    service.)
    Fix: Read from the response only when the next chunk is asked for.
    """
    provider = lab.provider()
    buffers = lab.driver.name == "socket"
    pieces = tuple(lab.text() * (2500 if buffers else 1) for _ in range(80 if buffers else 20))
    answer = lab.answer(pieces=pieces)
    lab.service.reply_next(answer)
    async with await lab.open_stream(provider) as stream:
        text = await _read_first_text(stream)
        for _ in range(5):
            await lab.driver.settle()
        sent = len(lab.service.exchanges[-1].sent)
    lab.true(
        "the first text", text and answer.text.startswith(text), "the answer's beginning", text
    )
    opening = next(n for n, frame in enumerate(_frames(lab, pieces)) if frame.kind == "text")
    most = len(pieces) // 2 if buffers else opening + 2
    what = "pieces that were taken when the first text had been read"
    lab.true(what, sent <= most, f"{most} at most of {len(pieces)}", f"{sent}")


async def _read_first_text(stream: ChatStream) -> str:
    """Return the text of the first chunk that has any; a stream may begin with others."""
    async for chunk in stream:
        if chunk.text:
            return chunk.text
    return ""


def _frames(lab: Lab, pieces: Sequence[str]) -> Sequence[Frame]:
    return lab.wire.frames(lab.answer(pieces=pieces), lab.last_chat())


@check("PC-LIFE-009", needs=["streaming"])
async def failing_stream_closes(lab: Lab) -> None:
    """A stream that raises holds no connection.

    Rule: A stream that ends by an error closes its connection, once.
    Why: Failures come many at a time, and each would keep a connection.
    How: Ends a stream by an error event and leaves its connection open, without `async with`.
    Fix: Close the response on the way out of every exception.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    error = lab.wire.failure_frame(Failure("server", lab.text())).data
    lab.service.reply_next(streamed_reply(lab, lab.answer(), cut_off_by(error, Hang())))
    stream = await lab.open_stream(provider)
    try:
        await lab.raises(Exception, _read_to_end(stream), "a stream with an error event")
        await require_closed(lab, lab.service.exchanges[-1], "a stream that raised")
    finally:
        await stream.aclose()


@check("PC-LIFE-010")
async def failed_call_closes(lab: Lab) -> None:
    """A call that failed holds no connection.

    Rule: A call that raises lets go of its connection, also when the service answered an error.
    Why: Error replies are the ones that are left unread.
    How: The service fails; then another call is made, and the open connections are counted.
    Fix: Read or close the response before raising.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    lab.service.reply_next(Failure("server", lab.text()))
    await lab.raises(Exception, lab.chat(provider), "a call that the service fails")
    exchange = lab.service.exchanges[-1]
    if lab.driver.name == "respx":
        await require_closed(lab, exchange, "a call that failed")
    await lab.must_succeed(provider)
    held = lab.driver.connections
    lab.true("open connections after a failure and a call", held <= 1, "1 at most", f"{held}")


@check("PC-LIFE-011", needs=["streaming"])
async def interleaved_streams_are_independent(lab: Lab) -> None:
    """Two streams of one provider that are read in turn do not mix.

    Rule: Streams of one provider are independent of each other.
    Why: A buffer or a decoder that the provider keeps on itself serves one user's words to another.
    How: Opens two streams, and reads one chunk of each in turn, to the end of both.
    Fix: Keep everything about a stream in the stream.
    """
    provider = lab.provider()
    answers = [lab.answer(), lab.answer()]
    lab.service.reply_next(*answers)
    streams = [await lab.open_stream(provider), await lab.open_stream(provider)]
    try:
        texts = await _read_in_turn(streams)
    finally:
        for stream in streams:
            await stream.aclose()
    for number, words in enumerate(("first", "second")):
        lab.equal(f"the text of the {words} of two streams", answers[number].text, texts[number])
        response = streams[number].response
        lab.equal(f"response.text of the {words}", answers[number].text, response.text)


async def _read_in_turn(streams: Sequence[ChatStream]) -> list[str]:
    """Return the text of each stream, read one chunk of each in turn."""
    texts = ["" for _ in streams]
    unread = set(range(len(streams)))
    while unread:
        for number in sorted(unread):
            chunk = await anext(streams[number], None)
            if chunk is None:
                unread.remove(number)
            else:
                texts[number] += chunk.text
    return texts


@check("PC-LIFE-012")
async def parallel_calls_are_independent(lab: Lab) -> None:
    """Calls that are made at once each get their own answer.

    Rule: Calls of one provider are independent of each other.
    Why: A request or a response that the provider keeps on itself is another call's a moment later.
    How: Makes six calls at once, which the service answers with their own words, late and in
    another order.
    Fix: Keep everything about a call in local variables.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    lab.service.reply_always(lambda request: _delayed_echo(lab, request), "chat")
    asked = [lab.text() for _ in range(6)]
    calls = (lab.chat(provider, [{"role": "user", "content": text}]) for text in asked)
    answers = await asyncio.gather(*calls)
    lab.equal("the answers to six calls at once", asked, [answer.text for answer in answers])


def _delayed_echo(lab: Lab, request: SeenRequest) -> Reply:
    answer = Answer(pieces=(lab.wire.read_chat(request).messages[-1].text,))
    # Answers come in two waves: first those to every second request, then the others, all the
    # answers of a wave at the same time. So they come in another order, and together.
    late = 0.2 if len(lab.service.requests()) % 2 else 0.1
    return replace(lab.service.reply_for(answer, request), delay=late)
