"""STREAM, when and where it comes: at once, in its own time, and to its own reader."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from provider_sdk import (
    BaseProvider,
    ChatChunk,
    ChatStream,
    Messages,
    ProviderError,
    ProviderRateLimitError,
)

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab, joined, read_to_end
from provider_conformance.lab.expected import expected_model
from provider_conformance.lab.forms import reply_by_question
from provider_conformance.lab.reading import streamed_reply
from provider_conformance.lab.waiting import within
from provider_conformance.wires._answer import Failure, Frame
from provider_conformance.wires._script import Hang, Pause, Reply, Step


def _frames_up_to_piece(count: int, frames: Sequence[Frame]) -> list[Step]:
    """Return the events up to the piece with this number, and then silence."""
    places = [place for place, frame in enumerate(frames) if frame.kind == "text"]
    return [*(frame.data for frame in frames[: places[count - 1] + 1]), Hang()]


async def _read_length(stream: ChatStream, length: int) -> str:
    """Return what a stream yields until so many characters have come."""
    text = ""
    while len(text) < length:
        chunk = await anext(stream, None)
        if chunk is None:
            break
        text += chunk.text
    return text


@check("PC-STREAM-007", needs=["streaming"])
async def pieces_arrive_as_sent(lab: Lab) -> None:
    """Each piece can be read as soon as the service has sent it.

    Rule: A piece is yielded when it has arrived, not when more has, nor at the end; only its last
    word, which may be unfinished, may be held back.
    Why: Showing words as they come is what streaming is for.
    How: Has the service send one, then three of six pieces of several words, and fall silent; reads
    them meanwhile.
    Fix: Read the body as it comes (no buffering, no look-ahead), and yield each event at once.
    """
    answer = lab.answer(pieces=[lab.text() for _ in range(6)])
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    for count in (1, 3):
        lab.service.reply_next(streamed_reply(lab, answer, partial(_frames_up_to_piece, count)))
        expected = joined(answer.pieces[:count])
        what = f"the first {count} of {len(answer.pieces)} pieces"
        async with await within(what, lab.open_stream(provider)) as stream:
            text = await within(what, _read_length(stream, expected.rindex(" ")))
        lab.equal(what, expected[: len(text)], text)


@check("PC-STREAM-008", needs=["streaming"])
async def call_returns_before_the_end(lab: Lab) -> None:
    """chat(stream=True) returns while the answer is still coming.

    Rule: The call returns once the first event has arrived, before the stream ends.
    Why: A call that reads everything first has streamed nothing.
    How: Makes an exchange, then has the service send one piece and fall silent; awaits the call.
    Fix: Return the stream after its first event.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    lab.service.reply_next(streamed_reply(lab, lab.answer(), partial(_frames_up_to_piece, 1)))
    async with await within("the result of chat(stream=True)", lab.open_stream(provider)):
        lab.equal("the answer's end", False, lab.service.exchanges[-1].ended)


@check("PC-STREAM-009", needs=["streaming"])
async def call_waits_for_the_first_event(lab: Lab) -> None:
    """chat(stream=True) returns no earlier than the first event has arrived.

    Rule: The call sends the request and waits for the first event of the answer.
    Why: Before it, nobody knows whether there will be an answer; a router must know to fall back.
    How: Makes an exchange, then has the service wait before its first event; looks at what it had
    sent when the call returned.
    Fix: Await the first event before returning (ChatStream.wait_first_event).
    """
    provider, answer = lab.provider(), lab.answer()
    await lab.must_succeed(provider, stream=True)
    before = lab.request_count()
    lab.service.reply_next(
        streamed_reply(lab, answer, lambda fs: [Pause(0.2), *(frame.data for frame in fs)])
    )
    async with await lab.open_stream(provider) as stream:
        lab.equal("requests when the call returned", 1, lab.request_count() - before)
        sent = lab.service.exchanges[-1].sent
        lab.true("events when the call returned", sent, "at least one", "none")
        lab.equal("response.text of the stream", answer.text, (await read_to_end(stream)).text)


@check("PC-STREAM-010", needs=["streaming"])
async def early_errors_are_raised_by_the_call(lab: Lab) -> None:
    """An error before the first event is raised by chat(stream=True) itself.

    Rule: Every error before the first event is raised by the call, not by iteration.
    Why: Retry, fallback and messages to the user stand around the call.
    How: Makes an exchange, then has the service report an error by its status, and as the first
    event of a stream.
    Fix: Look at the status and at the first event before returning the stream.
    """
    provider, message = lab.provider(), lab.text()
    await lab.must_succeed(provider, stream=True)
    lab.service.reply_next(Failure("rate_limit", message))
    call = lab.open_stream(provider)
    await lab.raises(ProviderRateLimitError, call, "chat(stream=True), answered with an error")
    frame = lab.wire.failure_frame(Failure("server", message))
    lab.service.reply_next(lab.wire.stream([frame]))
    call = lab.open_stream(provider)
    error = await lab.raises(
        ProviderError, call, "chat(stream=True), whose first event is an error"
    )
    lab.true("the error's text", message in str(error), f"to hold {message!r}", str(error))


@check("PC-STREAM-011", needs=["streaming"])
async def response_comes_at_the_end(lab: Lab) -> None:
    """stream.response is there once the stream has ended, and not before.

    Rule: response raises until the stream has ended; then it is the whole answer. A stream that
    has ended yields nothing more, however often it is read.
    Why: Half an answer that looks whole is stored as one.
    How: Reads one chunk, asks for the response, reads on to the end, reads once more, and asks
    again.
    Fix: Set the response when the end was seen.
    """
    answer = lab.answer()
    lab.service.reply_next(answer)
    async with await lab.open_stream(lab.provider()) as stream:
        await anext(stream)
        lab.equal("stream.response before the end", "an exception", _response_before_end(stream))
        await read_to_end(stream)
        lab.equal("chunks after the end", [], await lab.outcome(_chunks(stream)))
    lab.equal("stream.response.text at the end", answer.text, stream.response.text)


async def _chunks(stream: ChatStream) -> list[ChatChunk]:
    return [chunk async for chunk in stream]


def _response_before_end(stream: ChatStream) -> str:
    try:
        return repr(stream.response)
    except Exception:  # noqa: BLE001 - any exception says that there is no answer yet
        return "an exception"


@check("PC-STREAM-016", needs=["streaming"])
async def interleaved_streams_do_not_mix(lab: Lab) -> None:
    """Two streams on one provider, read in turn, each give their own answer.

    Rule: A stream keeps its own state; any number may be read at once on one provider.
    Why: Every server does so. Words of one user's answer in another's is the worst leak there is.
    How: Opens two streams, reads a chunk of each in turn, and compares texts and responses.
    Fix: Keep decoder, buffers and counters in the stream, never on the provider.
    """
    answers = {lab.text(): lab.answer(model=payload.word(lab.rng)) for _ in range(2)}
    lab.service.reply_always(reply_by_question(lab, answers), "chat")
    provider = lab.provider()
    one, two = [await _open_stream_asking(lab, provider, question) for question in answers]
    texts: tuple[list[str], list[str]] = ([], [])
    async with aclosing(one), aclosing(two):
        open_streams = [(one, texts[0]), (two, texts[1])]
        while open_streams:
            for stream, text in list(open_streams):
                chunk = await anext(stream, None)
                if chunk is None:
                    open_streams.remove((stream, text))
                else:
                    text.append(chunk.text)
    for answer, stream, text in zip(answers.values(), (one, two), texts, strict=True):
        lab.equal("the joined texts of the chunks", answer.text, joined(text))
        lab.equal("response.text of the stream", answer.text, stream.response.text)
        model = expected_model(lab, answer, lab.harness.model)
        lab.equal("response.model of the stream", model, stream.response.model)


@check("PC-STREAM-018", needs=["streaming"])
async def concurrent_streams_do_not_mix(lab: Lab) -> None:
    """Streams that are read at the same time each give their own answer.

    Rule: A stream keeps its own state also while others are being read by other tasks.
    Why: What one task puts on the provider, another overwrites before it is read.
    How: Asks four questions at once, has the service send the four answers piece by piece at the
    same time, and compares texts and models.
    Fix: Keep everything of a stream in the stream, never on the provider.
    """
    answers = {lab.text(): lab.answer(model=payload.word(lab.rng)) for _ in range(4)}
    at_once = reply_by_question(lab, answers)
    lab.service.reply_always(
        lambda request: _slowed(lab.service.reply_for(at_once, request)), "chat"
    )
    provider = lab.provider()
    asked: list[Messages] = [[{"role": "user", "content": question}] for question in answers]
    found = await asyncio.gather(*(lab.stream(provider, messages) for messages in asked))
    model = partial(expected_model, lab, asked=lab.harness.model)
    expected = [(answer.text, model(answer)) for answer in answers.values()]
    read = [(joined(texts), response.model) for texts, response in found]
    lab.equal("answers in the order of the calls", expected, read)


def _slowed(reply: Reply) -> Reply:
    steps = tuple(step for event in reply.steps for step in (Pause(0.01), event))
    return replace(reply, steps=steps)


async def _open_stream_asking(lab: Lab, provider: BaseProvider, question: str) -> ChatStream:
    return await lab.open_stream(provider, [{"role": "user", "content": question}])


@check("PC-STREAM-017", needs=["streaming"])
async def streams_leave_nothing_behind(lab: Lab) -> None:
    """A provider that has streamed answers whole calls and further streams as before.

    Rule: Calls with and without stream may follow each other in any order.
    Why: Flags, buffers and connections that a stream left behind spoil the next answer.
    How: Streams, leaves a stream half read, calls, streams and calls again, on one provider.
    Fix: Keep nothing of a stream on the provider, and close what was not read to the end.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    async with await lab.open_stream(provider) as stream:
        await anext(stream)
    for streaming in (False, True, False):
        await lab.must_succeed(provider, stream=streaming)
