"""STREAM, what a stream says of itself: at its tightest, on the way, and when it does not end."""

from __future__ import annotations

from typing import Any

from provider_sdk import ChatResponse, ChatStream

from provider_conformance._check import check
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab, joined
from provider_conformance.lab.calling import calls_as_text, joined_calls, tools_for
from provider_conformance.lab.expected import require_answer
from provider_conformance.lab.leaks import holds_secret
from provider_conformance.lab.payload.answers import rich_answer
from provider_conformance.lab.reading import cut_off_by, streamed_reply
from provider_conformance.wires._answer import Answer


def _joining_answers(lab: Lab) -> list[Answer]:
    """Return answers whose last piece comes with the finish reason, if the protocol joins them."""
    plain: dict[str, Any] = {"calls": (), "finish": "stop", "state": None}
    bare: dict[str, Any] = {**plain, "reasoning": ()}
    variants = [
        plain,
        {**plain, "finish": "length"},
        {**bare, "pieces": (lab.text(),)},
        {**bare, "pieces": (lab.text(), "."), "usage": None},
    ]
    if "tools" in lab.capabilities:
        variants += [{}, {"pieces": (), "reasoning": (), "state": None}]
        variants.append({"pieces": (lab.text(),), "state": None})
    joins = lab.wire.traits.joined_finish
    return [
        rich_answer(lab.rng, lab.wire.traits, lab.capabilities, joins_finish=joins, **fields)
        for fields in variants
    ]


@check("PC-STREAM-020", needs=["streaming"])
async def what_comes_with_the_end_is_kept(lab: Lab) -> None:
    """What comes in one event is kept: text beside reasoning, calls, usage or the finish reason.

    Rule: Every event is read for all that it holds: the first one for text, one between two kinds
    for both, the last one for text, calls and usage beside the finish reason.
    Why: Real back ends send the last piece so; the end of every answer is lost.
    How: Has the service stream answers as tightly as its protocol allows: with the first piece in
    the first event, reasoning beside text, text beside a call, the last piece beside the finish
    reason, and some in a single event; ending in text and in calls.
    Fix: Read text, reasoning, calls, usage and finish reason of each event one after the other; end
    at the terminator or at the end of the body.
    """
    provider = lab.provider()
    for answer in _joining_answers(lab):
        lab.service.reply_next(answer)
        opened = await lab.open_stream(provider, tools=tools_for(answer.calls))
        async with opened as stream:
            chunks = [chunk async for chunk in stream]
        lab.equal("the joined texts of the chunks", answer.text, joined([c.text for c in chunks]))
        thoughts = "".join(answer.reasoning)
        said = joined([c.reasoning for c in chunks])
        lab.equal("the joined reasoning of the chunks", thoughts, said)
        fragments = joined_calls(delta for chunk in chunks for delta in chunk.tool_calls)
        require_answer(lab, "streamed", answer, stream.response)
        lab.equal("calls joined from the chunks", calls_as_text(stream.response), fragments)


def _require_plain_repr(lab: Lab, stream: ChatStream, when: str) -> None:
    for name, show in (("repr", repr), ("str", str)):
        # The stream may be the provider's own class: whatever it raises is the failure.
        try:
            text = show(stream)
        except Exception as error:  # noqa: BLE001 - it becomes the check's failure
            problem = f"{type(error).__name__}: {error}"
        else:
            shown = "no credential" if not holds_secret(lab, text) else "the credential"
            lab.equal(f"the {name} of a stream {when} shows", "no credential", shown)
            continue
        raise Failed(f"the {name} of a stream {when}", "a text", problem)


@check("PC-STREAM-021", needs=["streaming"])
async def stream_can_be_shown(lab: Lab) -> None:
    """The repr of a stream is a text without credential, at any time, and reads nothing.

    Rule: repr() and str() of a stream never raise, never show a credential and never change it.
    Why: Loggers, debuggers and failing tests show whatever they meet.
    How: Shows a stream before its first chunk, between chunks, at its end and after an early close,
    and compares the answer.
    Fix: Show the provider's name and the model; do not use `response` in repr().
    """
    provider, answer = lab.provider(), lab.answer()
    lab.service.reply_next(answer, answer)
    texts = []
    async with await lab.open_stream(provider) as stream:
        _require_plain_repr(lab, stream, "before its first chunk")
        async for chunk in stream:
            texts.append(chunk.text)
            _require_plain_repr(lab, stream, "between chunks")
    _require_plain_repr(lab, stream, "at its end")
    lab.equal("the joined texts of the chunks", answer.text, joined(texts))
    closed = await lab.open_stream(provider)
    await closed.aclose()
    _require_plain_repr(lab, closed, "after an early close")


@check("PC-STREAM-022", needs=["streaming"])
async def partial_is_what_has_come(lab: Lab) -> None:
    """stream.partial is the answer so far: text, reasoning and calls.

    Rule: At any time partial holds all that was read and nothing that the service did not send; at
    the end it is the response.
    Why: Whoever stops a stream keeps what was shown; a call that is missing there is made again.
    How: Streams a rich answer, and compares partial with the chunks after each of them.
    Fix: Derive partial from the same aggregate as response.
    """
    provider = lab.provider()
    answer = rich_answer(lab.rng, lab.wire.traits, lab.capabilities)
    lab.service.reply_next(answer)
    read: dict[str, str] = {"text": "", "reasoning": "", "calls": ""}
    async with await lab.open_stream(provider, tools=tools_for(answer.calls)) as stream:
        async for chunk in stream:
            read["text"] += chunk.text
            read["reasoning"] += chunk.reasoning
            read["calls"] += joined([delta.arguments_text for delta in chunk.tool_calls])
            _require_so_far(lab, stream.partial, read)
    require_answer(lab, "streamed", answer, stream.response)
    require_answer(lab, "streamed", answer, stream.partial)


def _require_so_far(lab: Lab, partial: object, read: dict[str, str]) -> None:
    lab.instance("stream.partial", ChatResponse, partial)
    assert isinstance(partial, ChatResponse)
    found = {
        "text": partial.text,
        "reasoning": partial.reasoning or "",
        "calls": joined([call.arguments_text for call in partial.tool_calls]),
    }
    for name, text in read.items():
        # White space alone is no reasoning yet; and more may have arrived than was read.
        missing = text.strip() if name == "reasoning" and not found[name] else text
        holds = found[name].startswith(missing)
        lab.true(f"{name} of stream.partial", holds, f"to begin with {missing!r}", found[name])


@check("PC-STREAM-023", needs=["streaming"])
async def no_end_no_response(lab: Lab) -> None:
    """A stream that was cut or closed early has no response.

    Rule: stream.response is there only if the stream ended; after an error and after an early close
    it raises, and is never an answer that looks whole.
    Why: Half an answer that looks whole is stored, shown and acted upon.
    How: Makes an exchange, closes a stream after its first chunk, and cuts another one; asks both
    for the response.
    Fix: Set the response when the end was seen, not when the connection is closed.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    lab.service.reply_next(lab.answer(), streamed_reply(lab, lab.answer(), cut_off_by()))
    async with await lab.open_stream(provider) as closed:
        await anext(closed)
    _require_no_response(lab, closed, "after an early close")
    cut = await lab.open_stream(provider)
    outcome = await lab.outcome(_read_all(cut))
    lab.true("a stream that is cut", outcome is not None, "to raise", "ended")
    _require_no_response(lab, cut, "after a cut")


async def _read_all(stream: ChatStream) -> None:
    async with stream:
        async for _ in stream:
            pass


def _require_no_response(lab: Lab, stream: ChatStream, when: str) -> None:
    try:
        found = stream.response
    except Exception:  # noqa: BLE001 - the rule names no class
        return
    whole = isinstance(found, ChatResponse)
    lab.true(f"the response of a stream {when}", not whole, "not to be an answer", found)
