"""What is asked, and how the upstreams fail: all of it follows from the seed."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from .faults import FAULTS
from .stations import ABSENT, BOUND, NAMES, SILENT

FAILING = 0.3
"""The share of the questions to an upstream that it does not answer at once."""

_LASTING = 0.5
_NAMED = 0.3
_LEAVING = 0.1
_WITH_TOOLS = 0.1
_DOOMED = 40
"""Of so many questions one is answered by nobody."""
_DOOM = ("auth", "quota", "rate-limit", "overloaded", "server", "reset", "model", "504", "not HTTP")
_TASKS = ("coding", "agent", "agent", "agent", "subagent")
_NUMBER = re.compile(r"Question (\d+)\b")


@dataclass(frozen=True)
class Question:
    """One call.

    Attributes:
        number: its number.
        stream: whether to stream.
        task: the task.
        provider: the provider that is named, if any.
        tools: whether tools are offered.
        cancel_after: seconds after which the call is cancelled, if it is.
        close_after: chunks after which its stream is closed, if it is.
    """

    number: int
    stream: bool
    task: str
    provider: str | None
    tools: bool
    cancel_after: float | None
    close_after: int | None

    @property
    def text(self) -> str:
        """What the model is asked."""
        return f"Question {self.number}: warum ist der Himmel blau? 🌈"

    @property
    def bound(self) -> str | None:
        """The provider that is named by the call or its task, so that no other may answer."""
        return self.provider or BOUND.get(self.task)


def question(seed: int, number: int) -> Question:
    """Return a question of the run."""
    chance = random.Random(f"{seed}/question/{number}")
    stream = number % 2 == 0
    named = chance.choice((*NAMES, ABSENT, SILENT)) if chance.random() < _NAMED else None
    leaves = chance.random() < _LEAVING
    closes = leaves and stream and chance.random() < 0.5
    return Question(
        number,
        stream,
        chance.choice(_TASKS),
        named,
        chance.random() < _WITH_TOOLS,
        cancel_after=chance.uniform(0, 0.4) if leaves and not closes else None,
        close_after=chance.randrange(6) if closes else None,
    )


def number_in(text: str) -> int:
    """Return the number of the question that a message holds."""
    found = _NUMBER.search(text)
    if found is None:
        raise ValueError(f"no question of the soak: {text[:80]!r}")
    return int(found[1])


def fault_of(seed: int, upstream: str, call: int, turn: int) -> str:
    """Return how an upstream fails a call, ``""`` if it answers.

    Args:
        turn: how often the call has come to this upstream before.
    """
    chance = random.Random(f"{seed}/{upstream}/{call}")
    if call % _DOOMED == _DOOMED - 1:
        return chance.choice(_DOOM)
    if chance.random() >= FAILING:
        return ""
    name, lasts = chance.choice(list(FAULTS)), chance.random() < _LASTING
    return name if lasts or turn == 0 else ""
