"""What takes part: the floor, and bulk runs with each transport and engine."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bulk import floor
from benchmarks.fresh import memory

FLOOR = "floor"
FAST = "bulk, [fast]"
PLAIN = "bulk, httpx"
TWO = "bulk, [fast], two processes"
RAY = "bulk, [fast], Ray, two workers"
_NEEDS = {FLOOR: "aiohttp", FAST: "aiohttp", PLAIN: "httpx", TWO: "aiohttp", RAY: "ray"}
NAMES = tuple(_NEEDS)
WORKERS = 2


@dataclass(frozen=True)
class Work:
    """What a contender has to do.

    Attributes:
        rows: the input.
        folder: an empty folder for all that it writes.
        url: the base URL of the service.
        at_once: how many rows are in flight.
    """

    rows: Path
    folder: Path
    url: str
    at_once: int


@dataclass(frozen=True)
class Cost:
    """What a run cost.

    Attributes:
        answered: rows that were answered.
        seconds: from the start of the run to its end, output included.
        cpu: processor seconds of all its processes.
        peak_bytes: the most memory that one of its processes used.
    """

    answered: int
    seconds: float
    cpu: float
    peak_bytes: float


def is_installed(name: str) -> bool:
    """Whether what a contender needs is there."""
    return importlib.util.find_spec(_NEEDS[name]) is not None


def cost(name: str, work: Work) -> Cost:
    """Let a contender do its work in this process, and return what that cost."""
    run = _prepared(name, work)
    wall, cpu = time.perf_counter(), _cpu()
    answered = asyncio.run(run())
    return Cost(answered, time.perf_counter() - wall, _cpu() - cpu, _peak())


def _peak() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return max(memory("VmHWM"), children)


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _prepared(name: str, work: Work) -> Callable[[], Awaitable[int]]:
    if name == FLOOR:
        return lambda: floor.run(work.rows, work.folder, work.url, work.at_once)
    from benchmarks.bulk import bulk_run

    transport = "httpx" if name == PLAIN else "aiohttp"
    engine = {TWO: "processes", RAY: "ray"}.get(name, "local")
    return functools.partial(bulk_run.run, work, transport, engine)
