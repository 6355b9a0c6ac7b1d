"""Reads streams however they end, and scripts streams that end in any way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from provider_sdk import BaseProvider, ChatResponse, StreamInterruptedError

from provider_conformance.lab._exceptions import exception_line
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.wires._answer import Answer, Frame
from provider_conformance.wires._script import Reply, SeenRequest, Step


@dataclass
class Reading:
    """What was read of a stream: the texts of its chunks, and its response or the error."""

    texts: list[str] = field(default_factory=list)
    response: ChatResponse | None = None
    error: Exception | None = None

    @property
    def text(self) -> str:
        """All text that was read."""
        return "".join(self.texts)

    @property
    def outcome(self) -> str:
        """How the stream ended, as text for a message."""
        if self.error is not None:
            return f"raised {exception_line(self.error)}"
        return f"ended as a whole answer with the text {self.text!r}"


async def read_stream(lab: Lab, provider: BaseProvider, **options: Any) -> Reading:
    """Open a stream and read it until it ends or raises."""
    reading = Reading()
    try:
        async with await lab.open_stream(provider, **options) as stream:
            async for chunk in stream:
                reading.texts.append(chunk.text)
        reading.response = stream.response
    except Failed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a provider raises is the finding
        lab.errors.append(error)
        reading.error = error
    return reading


def streamed_reply(
    lab: Lab, answer: Answer, steps: Callable[[Sequence[Frame]], Iterable[Step]]
) -> Callable[[SeenRequest], Reply]:
    """Return a streamed reply whose body is what ``steps`` makes of the answer's events."""

    def reply(request: SeenRequest) -> Reply:
        chat = lab.wire.read_chat(request)
        frames = lab.wire.frames(replace(answer, model=answer.model or chat.model), chat)
        reply = replace(lab.wire.stream(()), steps=tuple(steps(frames)))
        return lab.service.identified(reply, answer)

    return reply


def frames_before_finish(frames: Sequence[Frame]) -> list[bytes]:
    """Return the events before the first that ends the answer or reports usage."""
    closing = [n for n, frame in enumerate(frames) if frame.kind in ("finish", "usage", "end")]
    return [frame.data for frame in frames[: closing[0]]]


def cut_off_by(*last: Step) -> Callable[[Sequence[Frame]], list[Step]]:
    """Return ``steps`` for ``streamed_reply`` that end a stream early, with ``last`` as its end."""
    return lambda frames: [*frames_before_finish(frames), *last]


def without_frames(kind: str, frames: Sequence[Frame], *, while_there_is: str) -> list[bytes]:
    """Return the events without those of a kind, if there are events of another kind."""
    other = any(frame.kind == while_there_is for frame in frames)
    return [frame.data for frame in frames if not other or frame.kind != kind]


def require_whole(lab: Lab, what: str, answer: Answer, reading: Reading) -> ChatResponse:
    """Return the response of a stream; fail unless it ended normally with the answer's text."""
    if reading.response is None:
        raise Failed(what, "to end as a whole answer", reading.outcome)
    lab.equal(f"the text of {what}", answer.text, reading.text)
    lab.equal(f"response.text of {what}", answer.text, reading.response.text)
    return reading.response


def require_interrupted(lab: Lab, what: str, answer: Answer, reading: Reading) -> None:
    """Fail unless a stream raised ``StreamInterruptedError`` with exactly the text so far."""
    if not isinstance(reading.error, StreamInterruptedError):
        raise Failed(what, "to raise StreamInterruptedError", reading.outcome)
    lab.equal(f"the text that was read of {what}", answer.text, reading.text)
    partial = reading.error.partial
    lab.instance(f"error.partial of {what}", ChatResponse, partial)
    lab.equal(f"error.partial.text of {what}", answer.text, partial and partial.text)
