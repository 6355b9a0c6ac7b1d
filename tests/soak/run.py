"""One soak: asks all questions, measures on the way, and judges."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from provider_sdk import Observer

from benchmarks.processes import Child

from .announcing import unannounced
from .asking import Asking, Router
from .counting import miscounts
from .facts import Counted, Outcome, Served
from .hearing import Heard, Notes
from .holdings import Holdings, hear_lost_exceptions, holdings, settled, strays
from .judging import violations
from .leaks import leaks
from .plan import Question, question
from .stations import environment, register

_CLOSED_WITHIN_S = 3.0


@dataclass(frozen=True)
class Soak:
    """How much is asked.

    Attributes:
        seed: what everything follows from.
        calls: how many questions.
        at_once: how many of them at once.
        timeout: seconds for each call, for a stream up to its first event.
    """

    seed: int
    calls: int = 2000
    at_once: int = 64
    timeout: float = 12.0


@dataclass
class Result:
    """What a soak found.

    Attributes:
        served: what the upstreams served.
        outcomes: what came back.
        stages: what the process held before the first question, after a quarter of the questions,
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
    with Child("tests.soak.upstream", str(soak.seed)) as upstreams, Notes() as notes:
        heard = Heard(notes)
        with environment(upstreams.read()), strays() as lost:
            stages = asyncio.run(_stages(soak, make_router(heard), notes, lost))
        connections = _left_open(upstreams)
        facts = upstreams.ask("served")
        served = [Served(**each) for each in facts["served"]]
        outcomes = [Outcome.from_line(line) for line in notes.lines("outcome")]
        counted = [Counted.from_line(line) for line in notes.lines("counted")]
        announced, fallbacks = (_by_call(notes, kind) for kind in ("announced", "fallback"))
    problems = [
        *violations(_questions(soak, 0, soak.calls), served, outcomes, announced),
        *unannounced(outcomes, fallbacks),
        *miscounts(outcomes, counted, announced, heard.rows(by=["provider"])),
        *leaks(stages, connections, soak.calls),
        *(f"nobody would have heard of this: {each}" for each in lost),
        *(f"an upstream could not do its work: {each}" for each in facts["own_errors"]),
    ]
    seconds = time.monotonic() - start
    return Result(served, outcomes, stages, connections, seconds, problems)


async def _stages(soak: Soak, router: Router, notes: Notes, lost: list[str]) -> list[Holdings]:
    hear_lost_exceptions(lost)
    asking = Asking(router, soak.timeout, soak.at_once)
    stages = [holdings()]
    try:
        for start, end in ((0, soak.calls // 4), (soak.calls // 4, soak.calls)):
            questions = _questions(soak, start, end)
            await asking.ask_all(questions, lambda each: notes.add("outcome", each.to_line()))
            stages.append(await settled())
    finally:
        await router.aclose()
    return [*stages, await settled()]


def _questions(soak: Soak, start: int, end: int) -> Iterator[Question]:
    # One by one: all together would look like a leak.
    return (question(soak.seed, number) for number in range(start, end))


def _by_call(notes: Notes, kind: str) -> dict[int, list[str]]:
    """Return the providers that were noted, by number of the question."""
    found: dict[int, list[str]] = {}
    for line in notes.lines(kind):
        number, name = line.split()
        found.setdefault(int(number), []).append(name)
    return found


def _left_open(upstreams: Child) -> dict[str, int]:
    """Return how many connections are open, once none is or some seconds have passed."""
    deadline = time.monotonic() + _CLOSED_WITHIN_S
    while True:
        connections: dict[str, int] = upstreams.ask("connections")
        if not any(connections.values()) or time.monotonic() > deadline:
            return connections
        time.sleep(0.05)
