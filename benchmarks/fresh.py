"""Measurements that need a new process: starting up, and how memory grows.

``python -m benchmarks.fresh QUESTION CONTENDER WIRE SERVICE`` prints one JSON object.
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

from benchmarks.contenders import Client, client_maker
from benchmarks.wires import wire_named

LONG_STREAM = 200_000
MANY_CALLS = 10_000
_SETTLED_AFTER = 1_000
_TRACED = 1_000
_STATUS = Path("/proc/self/status")
CAN_TELL_MEMORY = _STATUS.exists()

Answer = dict[str, float]


async def start(name: str, wire: str, service: str) -> Answer:
    """Import a client, then get a first answer; both times start before the import."""
    protocol = wire_named(wire)
    modules = len(sys.modules)
    wall, cpu = time.perf_counter(), time.process_time()
    make = client_maker(name, protocol, service)
    imported = {
        "import_cpu": time.process_time() - cpu,
        "import_wall": time.perf_counter() - wall,
        "modules": len(sys.modules) - modules,
    }
    client = make("each/1")
    await client.call()
    answered = {
        "answer_cpu": time.process_time() - cpu,
        "answer_wall": time.perf_counter() - wall,
        "peak_bytes": memory("VmHWM"),
    }
    await client.aclose()
    return imported | answered


async def stream(name: str, wire: str, service: str) -> Answer:
    """Read a very long stream; ``added_bytes`` is the peak of the memory that it used."""
    make = client_maker(name, wire_named(wire), service)
    # Warm up: what a first stream loads and keeps does not belong to the long one.
    first, client = make("joined/1000"), make(f"joined/{LONG_STREAM}")
    await first.stream()
    await first.aclose()
    gc.collect()
    tracemalloc.start()
    characters = await client.stream()
    _, peak = tracemalloc.get_traced_memory()
    await client.aclose()
    return {"text_bytes": characters, "added_bytes": peak}


async def calls(name: str, wire: str, service: str) -> Answer:
    """Make many calls; measure how memory grows after the first thousand."""
    client = client_maker(name, wire_named(wire), service)("each/1")
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
