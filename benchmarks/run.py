"""Runs every contender through every measure, against one local service."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks.contenders import COUNTED, OURS, RAW, ROUTED, ROUTED_OBSERVED
from benchmarks.fresh import CAN_TELL_MEMORY, Answer
from benchmarks.processes import Child, ask_fresh
from benchmarks.results import (
    CALL,
    CALL_AT_ONCE,
    CALL_MANY,
    CALL_ROUTED,
    CHUNK,
    FIRST_ANSWER,
    IMPORT,
    JOINED_CHUNK,
    Results,
)
from benchmarks.tasks import Cost, Task


class Plan(NamedTuple):
    """How much to measure; ``share`` scales the usual length of the tasks.

    ``pairs`` is the number of rounds in which plain and routed calls are compared, ``at_once`` how
    many calls run together where that should be many.
    """

    repetitions: int
    starts: int
    share: float
    memory: bool = True
    pairs: int = 9
    at_once: int = 2000


FULL = Plan(repetitions=11, starts=7, share=1.0)
QUICK = Plan(repetitions=3, starts=2, share=0.25)
SMOKE = Plan(repetitions=1, starts=1, share=0.01, memory=False, pairs=1, at_once=20)
_AROUND = (OURS, ROUTED, ROUTED_OBSERVED, COUNTED)


def run(wire: str, names: Sequence[str], plan: Plan) -> Results:
    """Measure the contenders of a protocol and return the results."""
    results = Results()
    with Child("benchmarks.upstream") as upstream:
        service = f"http://127.0.0.1:{upstream.read()}"
        results.costs = _costs(wire, names, service, plan)
        if OURS in names:
            results.costs[CALL_ROUTED] = _routing_costs(wire, service, plan)
        results.starts = _start_in_turns(wire, names, service, plan.starts)
        if plan.memory and CAN_TELL_MEMORY:
            _tell("memory")
            ours = [name for name in (RAW, OURS) if name in names]
            results.streams = {name: ask_fresh("stream", name, wire, service) for name in ours}
            results.calls = {name: ask_fresh("calls", name, wire, service) for name in ours}
    results.costs[IMPORT] = _start_costs(results.starts, "import")
    results.costs[FIRST_ANSWER] = _start_costs(results.starts, "answer")
    return results


def _costs(
    wire: str, names: Sequence[str], service: str, plan: Plan
) -> dict[str, dict[str, list[Cost]]]:
    costs = {}
    with ExitStack() as stack:
        workers = _workers(stack, wire, names, service)
        for measure, task in _tasks(plan).items():
            _tell(measure)
            asked = {n: w for n, w in workers.items() if measure != CALL_MANY or n == OURS}
            costs[measure] = _take_turns(asked, task, plan.repetitions)
    return costs


def _routing_costs(wire: str, service: str, plan: Plan) -> dict[str, list[Cost]]:
    """Measure a call of our provider beside the same call with a router around it."""
    _tell(CALL_ROUTED)
    with ExitStack() as stack:
        workers = _workers(stack, wire, _AROUND, service)
        return _take_turns(workers, _tasks(plan)[CALL], plan.pairs)


def _workers(stack: ExitStack, wire: str, names: Sequence[str], service: str) -> dict[str, Child]:
    return {
        name: stack.enter_context(Child("benchmarks.worker", name, wire, service)) for name in names
    }


def _tasks(plan: Plan) -> dict[str, Task]:
    def times(number: int) -> int:
        return max(1, round(number * plan.share))

    return {
        CALL: Task("each/1", times(400)),
        CALL_AT_ONCE: Task("late/1", times(3), lanes=64),
        CALL_MANY: Task("late/1", 1, lanes=plan.at_once),
        CHUNK: Task("each/2000", times(2), chunks=2000),
        JOINED_CHUNK: Task("joined/5000", times(2), chunks=5000),
    }


def _take_turns(workers: dict[str, Child], task: Task, times: int) -> dict[str, list[Cost]]:
    # A B C A B C …: a slow moment of the machine then affects all of them.
    found: dict[str, list[Cost]] = {name: [] for name in workers}
    for _ in range(times):
        for name, costs in found.items():
            costs.append(workers[name].cost(task))
    return found


def _start_in_turns(
    wire: str, names: Sequence[str], service: str, times: int
) -> dict[str, list[Answer]]:
    _tell("starts")
    found: dict[str, list[Answer]] = {name: [] for name in names}
    for _ in range(times):
        for name, answers in found.items():
            answers.append(ask_fresh("start", name, wire, service))
    return found


def _start_costs(starts: dict[str, list[Answer]], until: str) -> dict[str, list[Cost]]:
    return {
        name: [Cost(answer[f"{until}_cpu"], answer[f"{until}_wall"]) for answer in answers]
        for name, answers in starts.items()
    }


def _tell(what: str) -> None:
    print(f"measuring: {what}", file=sys.stderr, flush=True)
