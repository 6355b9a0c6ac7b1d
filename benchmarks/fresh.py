"""Measurements that need a new process: starting up, and how memory grows.

``python -m benchmarks.fresh QUESTION CONTENDER SERVICE`` prints one JSON object.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import time
import tracemalloc
from pathlib import Path

from benchmarks.contenders import Client, client_class

LONG_STREAM = 200_000
MANY_CALLS = 10_000
_SETTLED_AFTER = 1_000
_TRACED = 1_000
_STATUS = Path("/proc/self/status")
CAN_TELL_MEMORY = _STATUS.exists()

Answer = dict[str, float]


async def start(name: str, service: str) -> Answer:
    """Import a client, then get a first answer; both times start before the import."""
    modules = len(sys.modules)
    wall, cpu = time.perf_counter(), time.process_time()
    make = client_class(name)
    imported = {
        "import_cpu": time.process_time() - cpu,
        "import_wall": time.perf_counter() - wall,
        "modules": len(sys.modules) - modules,
    }
    client = make(f"{service}/each/1/v1")
    await client.call()
    answered = {
        "answer_cpu": time.process_time() - cpu,
        "answer_wall": time.perf_counter() - wall,
        "peak_bytes": memory("VmHWM"),
    }
    await client.aclose()
    return imported | answered


async def stream(name: str, service: str) -> Answer:
    """Read a very long stream; ``added_bytes`` is the peak of the memory that it used."""
    make = client_class(name)
    # Warm up: what a first stream loads and keeps does not belong to the long one.
    first, client = make(f"{service}/joined/1000/v1"), make(f"{service}/joined/{LONG_STREAM}/v1")
    await first.stream()
    await first.aclose()
    gc.collect()
    tracemalloc.start()
    characters = await client.stream()
    _, peak = tracemalloc.get_traced_memory()
    await client.aclose()
    return {"text_bytes": characters, "added_bytes": peak}


async def calls(name: str, service: str) -> Answer:
    """Make many calls; measure how memory grows after the first thousand."""
    client = client_class(name)(f"{service}/each/1/v1")
    await _call(client, _SETTLED_AFTER)
    settled = memory("VmRSS")
    await _call(client, MANY_CALLS - _SETTLED_AFTER)
    grown = memory("VmRSS") - settled
    leaked = await _leaked_a_call(client)
    await client.aclose()
    return {"grown_bytes": grown, "leaked_bytes_a_call": leaked}


async def _leaked_a_call(client: Client) -> float:
    tracemalloc.start()
    held = []
    for _ in range(2):
        await _call(client, _TRACED)
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
    return (held[1] - held[0]) / _TRACED


async def _call(client: Client, times: int) -> None:
    for _ in range(times):
        await client.call()


def memory(field: str) -> int:
    """Return a figure of this process in bytes, 0 where Linux does not tell."""
    # The resource module would include the memory of the parent at the time of the fork.
    found = re.search(rf"{field}:\s+(\d+) kB", _STATUS.read_text("ascii"))
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    question = {"start": start, "stream": stream, "calls": calls}[sys.argv[1]]
    print(json.dumps(asyncio.run(question(*sys.argv[2:]))))
