"""STREAM, what comes: the answer piece by piece is the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provider_sdk import ChatChunk, ChatResponse

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab, joined, usage_dict
from provider_conformance.lab.payload.answers import in_pieces
from provider_conformance.lab.reading import read_stream, require_whole, streamed_reply
from provider_conformance.wires._answer import Answer, Frame
from provider_conformance.wires._script import Step


async def _require_streamed(lab: Lab, pieces: Sequence[str]) -> None:
    """Fail unless chunks and response of a stream of these pieces have their text."""
    answer = lab.answer(pieces=pieces)
    lab.service.reply_next(answer)
    texts, response = await lab.stream(lab.provider())
    lab.equal("the joined texts of the chunks", answer.text, joined(texts))
    lab.equal("response.text of the stream", answer.text, response.text)


@check("PC-STREAM-001", needs=["streaming"])
async def chunks_join_to_the_text(lab: Lab) -> None:
    """The texts of the chunks join to the service's text, and so does the response.

    Rule: Every piece that the service sends is in the chunks exactly once, in order, unchanged.
    Why: Lost, doubled and stripped tokens are the classic faults of stream readers.
    How: Has the service stream random pieces, some of which begin with a space or a line break;
    then text in every form that is easily changed, also one character at a time, cut between
    characters that belong together, and in one very long piece.
    Fix: Yield each piece as it came; begin with the first and end after the last.
    """
    await _require_streamed(lab, payload.pieces(lab.rng, 12))
    for pieces in in_pieces(lab.rng):
        await _require_streamed(lab, pieces)


@check("PC-STREAM-002", needs=["streaming"])
async def white_space_is_text(lab: Lab) -> None:
    """Pieces of nothing but white space are kept.

    Rule: A piece that is a space or a line break is text like any other.
    Why: `if piece.strip():` joins words and flattens code.
    How: Has the service stream spaces, tabs and line breaks as pieces of their own.
    Fix: Test a piece for being empty, not for being blank.
    """
    word = payload.word
    await _require_streamed(
        lab, (" ", word(lab.rng), " ", word(lab.rng), "\n\n", "\t", word(lab.rng), "\n")
    )


@check("PC-STREAM-003", needs=["streaming"])
async def equal_pieces_are_all_text(lab: Lab) -> None:
    """Pieces that are equal to the one before are kept.

    Rule: Every piece counts, also if it repeats another.
    Why: Readers that guard against repeated events eat "ha ha" and "00".
    How: Has the service stream one piece several times in a row.
    Fix: Do not compare pieces with each other.
    """
    one, other = payload.word(lab.rng), payload.word(lab.rng)
    await _require_streamed(lab, (one, one, one, other, one, other, other))


@check("PC-STREAM-004", needs=["streaming"])
async def length_does_not_matter(lab: Lab) -> None:
    """A stream of one piece, one of five hundred, and one of huge pieces are read alike.

    Rule: Neither the number of pieces nor their length changes anything.
    Why: Readers that begin with the second event lose short answers; bounded queues lose long ones.
    How: Has the service stream one piece, then five hundred, then two of 300,000 letters.
    Fix: Treat every event alike, the first and the last included.
    """
    await _require_streamed(lab, (lab.text(),))
    await _require_streamed(lab, [f"{payload.word(lab.rng, 4)} " for _ in range(500)])
    await _require_streamed(lab, [payload.long_text(lab.rng), payload.long_text(lab.rng)])


@check("PC-STREAM-005", needs=["streaming"])
async def chunks_have_their_types(lab: Lab) -> None:
    """A stream yields ChatChunk objects, whose text and reasoning are str.

    Rule: Iteration yields ChatChunk; text and reasoning are "" if the event has none.
    Why: Callers join them without looking.
    How: Streams an answer, and looks at each chunk.
    Fix: Build ChatChunk, and leave fields out rather than pass None.
    """
    answer = lab.answer()
    lab.service.reply_next(answer)
    async with await lab.open_stream(lab.provider()) as stream:
        chunks = [chunk async for chunk in stream]
    for chunk in chunks:
        lab.instance("a chunk", ChatChunk, chunk)
        lab.instance("the text of a chunk", str, chunk.text)
        lab.instance("the reasoning of a chunk", str, chunk.reasoning)
    lab.equal("the joined texts of the chunks", answer.text, joined([c.text for c in chunks]))


@check("PC-STREAM-006", needs=["streaming"])
async def request_asks_for_a_stream(lab: Lab) -> None:
    """The service is asked for a stream if the caller asked for one, and only then.

    Rule: stream=True reaches the service; without it a whole answer is asked for.
    Why: A provider that plays a whole answer as a stream makes its user wait for the last word.
    How: Calls both ways and reads the requests.
    Fix: Ask for a stream in the protocol's way.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    lab.equal("stream in the request for a stream", True, lab.last_chat().stream)
    await lab.must_succeed(provider)
    lab.equal("stream in the request for a whole answer", False, lab.last_chat().stream)


@check("PC-STREAM-012", needs=["streaming"])
async def streamed_answer_is_the_whole_answer(lab: Lab) -> None:
    """The response of a stream says all that the whole answer says.

    Rule: text, reasoning, refusal, tool calls, finish reason, model and usage are the same whether
    an answer is streamed or not.
    Why: An application that turns streaming on must not lose anything.
    How: Has the service give the same answers both ways, as rich as the capabilities allow, and
    compares the responses.
    Fix: Read in the stream what you read in the whole answer.
    """
    provider = lab.provider()
    for answer in _answers_with_all_fields(lab):
        tools = [payload.tool(call.name) for call in answer.calls] or None
        lab.service.reply_next(answer, answer)
        whole = await lab.chat(provider, tools=tools)
        _, streamed = await lab.stream(provider, tools=tools)
        lab.equal("text of the whole answer", answer.text, whole.text)
        for name, value in _facts_of(lab, whole).items():
            lab.equal(f"{name} of the streamed answer", value, _facts_of(lab, streamed)[name])


def _answers_with_all_fields(lab: Lab) -> list[Answer]:
    more: dict[str, Any] = {"model": f"served/{payload.word(lab.rng)}"}
    if lab.wire.traits.returns_reasoning:
        more["reasoning"] = (lab.text(), lab.text())
    answers = [lab.answer(**more), lab.answer(finish="length", **more)]
    if "tools" in lab.capabilities:
        calls = [payload.call(lab.rng)]
        answers.append(lab.answer(calls=calls, finish="tool_calls", **more))
    return answers


def _facts_of(lab: Lab, response: ChatResponse) -> dict[str, object]:
    names = ("text", "reasoning", "refusal", "finish_reason", "raw_finish_reason", "model")
    facts: dict[str, object] = {name: getattr(response, name) for name in names}
    facts["tool_calls"] = [(call.id, call.name, call.arguments) for call in response.tool_calls]
    if "usage_in_stream" in lab.capabilities:
        facts["usage"] = usage_dict(response)
    return facts


@check("PC-STREAM-013", needs=["streaming", "reasoning"])
async def reasoning_is_streamed_apart(lab: Lab) -> None:
    """Reasoning comes in the chunks' reasoning, and text in their text.

    Rule: A piece of reasoning is in ChatChunk.reasoning, exactly; none of it is in text.
    Why: Thoughts that run into the answer are read aloud, stored and sent back.
    How: Has the service stream reasoning, then text, and joins each. If its protocol has no
    reasoning, there must be none.
    Fix: Read the protocol's field for reasoning into ChatChunk.reasoning.
    """
    provider, sent = lab.provider(), lab.wire.traits.returns_reasoning
    for thoughts in in_pieces(lab.rng) if sent else [()]:
        answer = lab.answer(reasoning=thoughts)
        lab.service.reply_next(answer)
        async with await lab.open_stream(provider) as stream:
            chunks = [chunk async for chunk in stream]
        text, reasoning = joined([c.text for c in chunks]), joined([c.reasoning for c in chunks])
        thought = joined(thoughts)
        lab.equal("the joined reasoning of the chunks", thought, reasoning)
        lab.equal("the joined texts of the chunks", answer.text, text)
        lab.equal("response.reasoning of the stream", thought or None, stream.response.reasoning)


@check("PC-STREAM-014", needs=["streaming"])
async def noise_is_harmless(lab: Lab) -> None:
    """Events that say nothing change nothing.

    Rule: Keep-alives, comments, empty deltas and events without news are passed over.
    Why: Proxies and back ends send them at any time; to some readers an empty delta is the end.
    How: Has the service send all that its protocol allows of them between all events.
    Fix: Go on to the next event if one holds nothing; end on the protocol's end only.
    """
    answer = lab.answer()
    noise = [frame.data for frame in lab.wire.noise(answer)] or [lab.wire.traits.keep_alive]

    def steps(frames: Sequence[Frame]) -> list[Step]:
        return [step for frame in frames for step in (*noise, frame.data)]

    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    lab.service.reply_next(streamed_reply(lab, answer, steps))
    require_whole(lab, "a stream with noise", answer, await read_stream(lab, provider))


@check("PC-STREAM-015", "SHOULD", needs=["streaming"])
async def whole_answer_can_be_streamed(lab: Lab) -> None:
    """A service that ignores the request to stream is understood all the same.

    Rule: If a stream was asked for and a whole answer came, the stream yields that answer.
    Why: Gateways and small servers do so; the answer is good and was paid for.
    How: Makes an exchange, then has the service answer whole to a call for a stream.
    Fix: Look at the content type; turn a whole answer into a stream of one piece.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    answer = lab.answer(model=lab.harness.model)
    lab.service.reply_next(lab.wire.whole(answer))
    what = "a stream that came as a whole answer"
    response = require_whole(lab, what, answer, await read_stream(lab, provider))
    lab.equal(f"finish_reason of {what}", "stop", response.finish_reason)
