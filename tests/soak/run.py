"""One soak: asks all questions, measures on the way, and judges."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from provider_sdk import ObservedAttempt, Observer

from benchmarks.processes import Child

from .asking import Router, ask_all
from .facts import Outcome, Served
from .holdings import Holdings, hear_lost_exceptions, holdings, settled, strays
from .judging import violations
from .leaks import leaks
from .plan import Question, number_in, question
from .stations import environment, register

_CLOSED_WITHIN_S = 3.0


@dataclass(frozen=True)
class Soak:
    """How much is asked.

    Attributes:
        seed: what everything follows from.
        calls: how many questions.
        at_once: how many of them at once.
    """

    seed: int
    calls: int = 2000
    at_once: int = 64


@dataclass
class Result:
    """What a soak found.

    Attributes:
        served: what the upstreams served.
        outcomes: what came back.
        stages: what the process held before the router was made, after a quarter of the questions,
            after all, and after the router was closed.
        connections: by upstream, the connections that were open after that.
        seconds: how long all of it took.
        violations: a sentence for everything that should not have happened.
    """

    served: list[Served]
    outcomes: list[Outcome]
    stages: list[Holdings]
    connections: dict[str, int]
    seconds: float
    violations: list[str]


MakeRouter = Callable[[Observer], Router]


def run(soak: Soak, make_router: MakeRouter) -> Result:
    """Start the upstreams, ask everything, and judge."""
    register()
    start = time.monotonic()
    with Child("tests.soak.upstream", str(soak.seed)) as upstreams, _Notes() as notes:
        with environment(upstreams.read()), strays() as lost:
            stages = asyncio.run(_stages(soak, make_router, notes, lost))
        connections = _left_open(upstreams)
        facts = upstreams.ask("served")
        served = [Served(**each) for each in facts["served"]]
        outcomes = [Outcome.from_line(line) for line in notes.lines("outcome")]
        announced: dict[int, set[str]] = {}
        for line in notes.lines("announced"):
            number, name = line.split()
            announced.setdefault(int(number), set()).add(name)
    problems = [
        *violations(_questions(soak, 0, soak.calls), served, outcomes, announced),
        *leaks(stages, connections, soak.calls),
        *(f"nobody would have heard of this: {each}" for each in lost),
        *(f"an upstream could not do its work: {each}" for each in facts["own_errors"]),
    ]
    seconds = time.monotonic() - start
    return Result(served, outcomes, stages, connections, seconds, problems)


async def _stages(
    soak: Soak, make_router: MakeRouter, notes: _Notes, lost: list[str]
) -> list[Holdings]:
    hear_lost_exceptions(lost)
    stages = [holdings()]
    router = make_router(_Heard(notes))
    try:
        for start, end in ((0, soak.calls // 4), (soak.calls // 4, soak.calls)):
            questions = _questions(soak, start, end)
            await ask_all(
                router, questions, soak.at_once, lambda each: notes.add("outcome", each.to_line())
            )
            stages.append(await settled())
    finally:
        await router.aclose()
    return [*stages, await settled()]


def _questions(soak: Soak, start: int, end: int) -> list[Question]:
    return [question(soak.seed, number) for number in range(start, end)]


def _left_open(upstreams: Child) -> dict[str, int]:
    """Return how many connections are open, once none is or some seconds have passed."""
    deadline = time.monotonic() + _CLOSED_WITHIN_S
    while True:
        connections: dict[str, int] = upstreams.ask("connections")
        if not any(connections.values()) or time.monotonic() > deadline:
            return connections
        time.sleep(0.05)


class _Heard(Observer):
    """Notes every attempt of which a router tells."""

    def __init__(self, notes: _Notes) -> None:
        self._notes = notes

    def attempt_started(self, attempt: ObservedAttempt) -> None:
        """Note who is asked, and for which question."""
        number = number_in(str(attempt.messages[-1].content))
        self._notes.add("announced", f"{number} {attempt.provider}")


class _Notes:
    """Lines that are kept in a file: in memory they would look like a leak."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")

    def add(self, kind: str, line: str) -> None:
        """Note a line."""
        self._file.write(f"{kind} {line}\n")

    def lines(self, kind: str) -> Iterator[str]:
        """Yield the lines of a kind."""
        self._file.seek(0)
        for line in self._file:
            found, _, text = line.partition(" ")
            if found == kind:
                yield text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
