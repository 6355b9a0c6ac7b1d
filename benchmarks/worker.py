"""Runs one contender in its own process: reads tasks from stdin and prints their costs.

A task and its cost are one JSON list per line. The process stays alive between tasks, so that
contenders can take turns without starting again.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable

from benchmarks.bodies import TEXT, WORD_LENGTH
from benchmarks.contenders import Client, client_maker
from benchmarks.tasks import Cost, Task
from benchmarks.wires import wire_named

_LONGEST_S = 300


class WrongAnswerError(Exception):
    """A client did not return the complete text, so its cost would mean nothing."""


class Worker:
    """Carries out tasks with one contender."""

    def __init__(self, name: str, wire: str, service: str) -> None:
        self._make = client_maker(name, wire_named(wire), service)
        self._clients: dict[str, Client] = {}

    async def cost(self, task: Task) -> Cost:
        """Run the task once to warm up, then measure it."""
        client = self._client(task.path)
        ask = client.stream if task.chunks else client.call
        expected = task.chunks * WORD_LENGTH or len(TEXT)
        async with asyncio.timeout(_LONGEST_S):
            await _at_once(task.lanes, ask, expected, rounds=1)
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            await _at_once(task.lanes, ask, expected, rounds=task.rounds)
            return Cost(cpu=time.process_time() - cpu, wall=time.perf_counter() - wall)

    async def aclose(self) -> None:
        """Close every client."""
        for client in self._clients.values():
            await client.aclose()

    def _client(self, path: str) -> Client:
        if path not in self._clients:
            self._clients[path] = self._make(path)
        return self._clients[path]


async def _at_once(
    lanes: int, ask: Callable[[], Awaitable[int]], expected: int, *, rounds: int
) -> None:
    async def lane() -> None:
        for _ in range(rounds):
            if (got := await ask()) != expected:
                raise WrongAnswerError(f"{got} characters instead of {expected}")

    if lanes == 1:
        await lane()
    else:
        await asyncio.gather(*(lane() for _ in range(lanes)))


def main(name: str, wire: str, service: str) -> None:
    """Carry out tasks until stdin ends."""
    worker = Worker(name, wire, service)
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            cost = runner.run(worker.cost(Task(*json.loads(line))))
            print(json.dumps(cost), flush=True)
        runner.run(worker.aclose())


if __name__ == "__main__":
    main(*sys.argv[1:])
