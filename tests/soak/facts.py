"""What the upstreams served and what came back: plain data that both processes write as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Ending = Literal["answered", "failed", "interrupted", "left", "crashed"]


@dataclass(frozen=True)
class _Fact:
    def to_line(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Return what ``to_line`` wrote."""
        return cls(**json.loads(line))


@dataclass(frozen=True)
class Served(_Fact):
    """One chat request to an upstream.

    Attributes:
        upstream: the provider that the upstream belongs to.
        call: the number of the question that the request holds.
        model: the model that was asked for.
        tools: whether the request has tools.
        fault: how the upstream failed; empty if it did not.
        text: the text of the right answer, which nobody else gets.
        prompt: tokens that it says it read.
        completion: tokens that it says it wrote.
        whole: whether the reply was sent to its end.
    """

    upstream: str
    call: int
    model: str
    tools: bool
    fault: str
    text: str
    prompt: int
    completion: int
    whole: bool


@dataclass(frozen=True)
class Outcome(_Fact):
    """What came back of one question.

    Attributes:
        call: its number.
        ending: what became of it. ``interrupted``: a stream had begun, and failed. ``left``: the
            caller cancelled the call or closed the stream. ``crashed``: an exception that no
            provider may raise.
        text: the text that arrived.
        usage: the tokens read, written, and both, as they were reported; ``None`` if they were not.
        provider: who answered, or began to.
        attempts: what the route or the error says, as ``Attempt.to_dict``.
        warnings: those of the answer.
        error: the class of the error.
        error_provider: the provider that the error names.
        message: the message of the error.
    """

    call: int
    ending: Ending
    text: str = ""
    usage: Sequence[int | None] | None = None
    provider: str = ""
    attempts: Sequence[dict[str, Any]] = ()
    warnings: Sequence[str] = ()
    error: str = ""
    error_provider: str = ""
    message: str = ""


@dataclass(frozen=True)
class Counted(_Fact):
    """What the counter of usage counted for one attempt.

    Attributes:
        call: the number of the question.
        provider: who was asked.
        failed: whether there was no whole answer.
        source: where the figures come from.
        prompt: tokens read.
        completion: tokens written.
    """

    call: int
    provider: str
    failed: bool
    source: str
    prompt: int | None
    completion: int | None
