"""END: how answers end, with one check for each cell of the truth table of streams.

Rows are ends, columns the places in the text at which they come. In a protocol whose
last event is both finish reason and terminator, that event is served for either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from provider_sdk import (
    BaseProvider,
    ProviderError,
)

from provider_conformance._check import check
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Body, Lab
from provider_conformance.lab.reading import (
    cut_off_by,
    read_stream,
    require_interrupted,
    require_whole,
    streamed_reply,
    without_frames,
)
from provider_conformance.wires._answer import Answer, Failure, Finish, Frame
from provider_conformance.wires._script import Close, Endless, Hang, Reset, Step

_RULE_WHOLE = "A stream is whole when its terminator or a finish reason was seen."
_RULE_CUT = (
    "A stream that ends without terminator and without finish reason raises "
    "StreamInterruptedError, whose partial holds exactly what came."
)
_LONG_S = 5.0
_WHY_CUT = "A cut answer that looks whole is stored, shown and acted upon."


@dataclass(frozen=True)
class Place:
    """A column of the table: a place in the text.

    Attributes:
        label: the place, as checks name it.
        before: returns how many of so many pieces come before it.
    """

    label: str
    before: Callable[[int], int]


@dataclass(frozen=True)
class End:
    """A row of the table: a way in which a stream can end, and the texts of its checks.

    ``{}`` in a text is replaced by the place. ``attempt`` is the code of the checks.
    """

    name: str
    title: str
    rule: str
    why: str
    how: str
    fix: str
    attempt: Callable[[Lab, BaseProvider, Place, str], Awaitable[None]]

    def check(self, place: Place) -> Body:
        """Return the check body of one cell, with its texts as docstring."""

        async def cell(lab: Lab) -> None:
            provider = lab.provider()
            await lab.must_succeed(provider, stream=True)
            await self.attempt(lab, provider, place, f"a stream with {self.name} {place.label}")

        sections = (self.title, "", f"Rule: {self.rule}", f"Why: {self.why}")
        text = "\n".join([*sections, f"How: {self.how}", f"Fix: {self.fix}"])
        cell.__doc__ = text.replace("{}", place.label)
        return cell


def _answer_up_to(lab: Lab, place: Place, finish: Finish = "stop") -> Answer:
    """Return an answer whose text is only what comes before the place."""
    answer = lab.answer(finish=finish)
    return replace(answer, pieces=answer.pieces[: place.before(len(answer.pieces))])


def _with_finish_only(frames: Sequence[Frame]) -> list[bytes]:
    return without_frames("end", frames, while_there_is="finish")


def _frames_then(rest: Sequence[Step], frames: Sequence[Frame]) -> list[Step]:
    # A protocol without a terminator event ends its streams with the body: nothing can follow.
    ended = any(frame.kind == "end" for frame in frames)
    return [*(frame.data for frame in frames), *(rest if ended else ())]


async def _try_terminator(lab: Lab, provider: BaseProvider, place: Place, what: str) -> None:
    answer = _answer_up_to(lab, place)
    lab.service.reply_next(
        streamed_reply(lab, answer, lambda f: without_frames("finish", f, while_there_is="end"))
    )
    require_whole(lab, what, answer, await read_stream(lab, provider))


async def _try_finish_reason(lab: Lab, provider: BaseProvider, place: Place, what: str) -> None:
    answer = _answer_up_to(lab, place)
    lab.service.reply_next(streamed_reply(lab, answer, _with_finish_only))
    response = require_whole(lab, what, answer, await read_stream(lab, provider))
    lab.equal(f"finish_reason of {what}", "stop", response.finish_reason)


async def _try_neither(lab: Lab, provider: BaseProvider, place: Place, what: str) -> None:
    answer = _answer_up_to(lab, place)
    lab.service.reply_next(streamed_reply(lab, answer, cut_off_by()))
    require_interrupted(lab, what, answer, await read_stream(lab, provider))


async def _try_broken_connection(lab: Lab, provider: BaseProvider, place: Place, what: str) -> None:
    breaks: dict[str, Step] = {"reset": Reset(), "closed": Close()}
    for name, step in breaks.items():
        answer = _answer_up_to(lab, place)
        lab.service.reply_next(streamed_reply(lab, answer, cut_off_by(step)))
        reading = await read_stream(lab, provider)
        require_interrupted(lab, f"{what} (the connection is {name})", answer, reading)


async def _try_error_in_stream(lab: Lab, provider: BaseProvider, place: Place, what: str) -> None:
    message = lab.text()
    error = lab.wire.failure_frame(Failure("server", message)).data
    ways = {what: cut_off_by(error)}
    if place is LAST:
        ways[f"{what} and the finish reason"] = partial(_error_after_finish, error)
    for way, steps in ways.items():
        answer = _answer_up_to(lab, place)
        lab.service.reply_next(streamed_reply(lab, answer, steps))
        reading = await read_stream(lab, provider)
        lab.equal(f"the text that was read of {way}", answer.text, reading.text)
        if not isinstance(reading.error, ProviderError):
            raise Failed(way, "to raise ProviderError", reading.outcome)
        text = str(reading.error)
        lab.true(f"the error of {way}", message in text, f"to hold the message {message!r}", text)


def _error_after_finish(error: bytes, frames: Sequence[Frame]) -> list[Step]:
    """Return the events with an error in place of the terminator."""
    before = [frame.data for frame in frames if frame.kind != "end"]
    # In a protocol without a terminator event the finish reason is the last event.
    ended = any(frame.kind == "end" for frame in frames)
    finished = any(frame.kind == "finish" for frame in frames)
    return [*before, error] if ended and finished else cut_off_by(error)(frames)


async def _try_length(lab: Lab, provider: BaseProvider, place: Place, what: str) -> None:
    answer = _answer_up_to(lab, place, "length")
    lab.service.reply_next(answer)
    response = require_whole(lab, what, answer, await read_stream(lab, provider))
    lab.equal(f"finish_reason of {what}", "length", response.finish_reason)


async def _try_content_filter(lab: Lab, provider: BaseProvider, place: Place, what: str) -> None:
    # A protocol without this finish reason uses the ordinary one.
    known = "content_filter" in lab.wire.traits.finish_words
    answer = _answer_up_to(lab, place, "content_filter" if known else "stop")
    lab.service.reply_next(answer)
    response = require_whole(lab, what, answer, await read_stream(lab, provider))
    lab.equal(f"finish_reason of {what}", answer.finish, response.finish_reason)


async def _try_junk(lab: Lab, provider: BaseProvider, place: Place, what: str) -> None:
    answer, junk = _answer_up_to(lab, place), lab.wire.junk(lab.text())
    if place is LAST:
        lab.service.reply_next(streamed_reply(lab, answer, lambda f: [*_with_finish_only(f), junk]))
        require_whole(lab, what, answer, await read_stream(lab, provider))
    else:
        lab.service.reply_next(streamed_reply(lab, answer, cut_off_by(junk)))
        require_interrupted(lab, what, answer, await read_stream(lab, provider))


async def _try_late_text(lab: Lab, provider: BaseProvider, place: Place, what: str) -> None:
    answer, later = _answer_up_to(lab, place), lab.answer()

    def steps(frames: Sequence[Frame]) -> list[Step]:
        late = lab.wire.frames(later, lab.last_chat())
        return _frames_then([f.data for f in late if f.kind == "text"], frames)

    lab.service.reply_next(streamed_reply(lab, answer, steps))
    require_whole(lab, what, answer, await read_stream(lab, provider))


FIRST = Place("before the first token", lambda pieces: 0)
MIDDLE = Place("in the middle of the text", lambda pieces: pieces // 2)
LAST = Place("after the last token", lambda pieces: pieces)
PLACES = (FIRST, MIDDLE, LAST)

ENDS = (
    End(
        "the terminator",
        "A terminator {} makes the stream whole.",
        rule=f"{_RULE_WHOLE} The terminator alone is enough.",
        why="An answer that has ended is thrown away, or paid for a second time.",
        how="Serves the terminator {}, without a finish reason before it.",
        fix="End the stream at its terminator, whether or not a finish reason came before.",
        attempt=_try_terminator,
    ),
    End(
        "a finish reason and no terminator",
        "A finish reason {} makes the stream whole without a terminator.",
        rule=f"{_RULE_WHOLE} The finish reason alone is enough.",
        why="Several back ends never send the terminator.",
        how="Serves a finish reason {}, then ends the body without the terminator.",
        fix="Remember that a finish reason was seen, and accept the end of the body as the end.",
        attempt=_try_finish_reason,
    ),
    End(
        "a clean end of the body",
        "A body that just ends {} is a cut stream.",
        rule=_RULE_CUT,
        why=f"A proxy or a crashed worker often ends the body in good order. {_WHY_CUT}",
        how="Ends the body {}, without finish reason and without terminator.",
        fix="At the end of the body raise StreamInterruptedError unless a finish reason or the "
        "terminator was seen.",
        attempt=_try_neither,
    ),
    End(
        "a broken connection",
        "A connection that breaks {} is a cut stream.",
        rule=_RULE_CUT,
        why=f"The exceptions of HTTP libraries name no provider and lose what came. {_WHY_CUT}",
        how="Resets the connection {}, then closes another one there before the body's end.",
        fix="Catch the HTTP library's exceptions while reading, and raise StreamInterruptedError "
        "with what has come.",
        attempt=_try_broken_connection,
    ),
    End(
        "an error event",
        "An error inside the stream {} is raised.",
        rule="An error that the service reports inside a stream raises ProviderError with the "
        "service's message; it is never text.",
        why="An error that is shown as the model's text, or dropped, looks like an answer.",
        how="Sends an error event with a random message {}, under status 200. After the last token "
        "also sends one between finish reason and terminator, if the protocol has both.",
        fix="Look for an error in every event, before looking for text.",
        attempt=_try_error_in_stream,
    ),
    End(
        'the finish reason "length"',
        'The finish reason "length" {} is reported.',
        rule='An answer that was stopped at its length is whole; its finish_reason is "length".',
        why="A caller that takes it for complete parses half a document.",
        how='Ends the answer with the finish reason "length" {}.',
        fix='Map the protocol\'s word for it to "length", in streams too and without text too.',
        attempt=_try_length,
    ),
    End(
        "the content filter",
        "The content filter {} is reported.",
        rule='An answer that a filter stopped is whole, and its finish_reason is "content_filter".',
        why="Without it the caller asks again and again, or shows half an answer as a whole one.",
        how="Ends the answer as filtered {}.",
        fix='Map the protocol\'s word for it to "content_filter", in streams too and without text '
        "too.",
        attempt=_try_content_filter,
    ),
    End(
        "junk",
        "Junk {} is never taken for an answer.",
        rule=f"{_RULE_CUT} After a finish reason bytes outside the protocol change nothing.",
        why="Proxies write pages into streams. Before the end they mean that the answer was cut; "
        "after it they are no reason to lose an answer that is there.",
        how="Sends bytes that are not an event {}, then ends the body. After the last token they "
        "follow the finish reason.",
        fix="Raise StreamInterruptedError for what cannot be read, unless a finish reason came.",
        attempt=_try_junk,
    ),
    End(
        "text after its terminator",
        "What follows a terminator {} is ignored.",
        rule="The terminator ends the answer; whatever the body holds after it is not part of it.",
        why="Some back ends append another answer, or their log.",
        how="Serves finish reason and terminator {}, and more text after them.",
        fix="Stop decoding at the terminator.",
        attempt=_try_late_text,
    ),
)
"""The rows of the table."""

for _number, (_end, _place) in enumerate(product(ENDS, PLACES), start=1):
    check(f"PC-END-{_number:03}", needs=["streaming"])(_end.check(_place))


@check("PC-END-028", needs=["streaming"])
async def break_after_the_finish_reason_is_no_cut(lab: Lab) -> None:
    """A connection that breaks after the finish reason loses nothing.

    Rule: A stream is whole when its terminator or a finish reason was seen, whatever becomes of the
    connection afterwards.
    Why: The answer is there and paid for; an error in its place makes the caller pay again.
    How: Serves a whole text and its finish reason, then resets the connection; then closes another.
    Fix: Once a finish reason was seen, treat a failure of the connection as the end.
    """
    provider = lab.provider()
    breaks: dict[str, Step] = {"reset": Reset(), "closed": Close()}
    for name, step in breaks.items():
        answer = lab.answer()
        lab.service.reply_next(streamed_reply(lab, answer, partial(_finish_then, step)))
        what = f"a stream whose connection is {name} after the finish reason"
        require_whole(lab, what, answer, await read_stream(lab, provider))


def _finish_then(last: Step, frames: Sequence[Frame]) -> list[Step]:
    return [*_with_finish_only(frames), last]


@check("PC-END-029", needs=["streaming"])
async def terminator_is_the_end(lab: Lab) -> None:
    """A stream ends at its terminator, although the body goes on.

    Rule: The terminator ends the stream; neither a silent nor an endless rest is waited for, and
    the connection is let go of.
    Why: A proxy that keeps the body open makes every answer last until the timeout.
    How: Serves a whole answer and leaves the body open; serves another and never stops sending.
    Fix: Stop reading at the terminator; read a short rest if you like, then close.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    rests: dict[str, Step] = {"silent": Hang(), "endless": Endless(b"\n", 0.01)}
    for name, rest in rests.items():
        answer, what = lab.answer(), f"a stream whose body goes on, {name}, after the terminator"
        lab.service.reply_next(streamed_reply(lab, answer, partial(_frames_then, [rest])))
        try:
            reading = await asyncio.wait_for(read_stream(lab, provider), _LONG_S)
        except TimeoutError:
            raise Failed(what, "to end at its terminator", f"open {_LONG_S:g} s later") from None
        require_whole(lab, what, answer, reading)
        let_go = await lab.wait_until(lambda: not _is_connection_held(lab))
        lab.true(f"the connection of {what}", let_go, "to be closed", "still open")


def _is_connection_held(lab: Lab) -> bool:
    last = lab.service.exchanges[-1]
    return not (last.ended or last.closed)
