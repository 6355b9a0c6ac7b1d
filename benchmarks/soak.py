"""``python -m benchmarks.soak``: many calls at once, some cancelled at random instants.

Afterwards no connection may be stuck, and file descriptors and memory must be flat. Needs Linux.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import sys
from pathlib import Path
from time import monotonic

from provider_huggingface import HfProvider
from provider_sdk import ProviderError

from benchmarks.fresh import memory
from benchmarks.processes import Child

_MESSAGES = [{"role": "user", "content": "Why is the sky blue?"}]
_KEPT_CONNECTIONS = 8 * 14
_GROWTH_BYTES = 8 * 1024 * 1024


def main() -> int:
    """Run the soak and return the exit code: 1 where a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--at-once", type=int, default=500)
    parser.add_argument("--cancelled", type=float, default=0.1, help="share of the calls")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with Child("benchmarks.upstream") as upstream:
        service = f"http://127.0.0.1:{upstream.read()}/chat/late/1/v1"
        return asyncio.run(_soak(service, options))


async def _soak(service: str, options: argparse.Namespace) -> int:
    chance = random.Random(options.seed)
    before = _descriptors()
    async with HfProvider(api_key="hf_benchmark", base_url=service, max_retries=0) as provider:
        await _storm(provider, min(2000, options.calls), options, chance)
        settled = memory("VmRSS")
        start = monotonic()
        outcomes = await _storm(provider, options.calls, options, chance)
        seconds = monotonic() - start
        await asyncio.sleep(1)
        gc.collect()
        idle, grown = _descriptors() - before, memory("VmRSS") - settled
        last = await asyncio.wait_for(provider.chat(_MESSAGES), 10)
    print(f"{options.calls} calls in {seconds:.0f} s: {outcomes}; the next one: {last.text[:12]!r}")
    print(f"descriptors kept open: {idle} (at most {_KEPT_CONNECTIONS})")
    print(f"resident memory: {grown / 1024 / 1024:+.1f} MiB after the first 2,000 calls")
    await asyncio.sleep(0.2)
    left = _descriptors() - before
    print(f"descriptors after aclose(): {left}")
    return int(idle > _KEPT_CONNECTIONS or grown > _GROWTH_BYTES or left > 0)


async def _storm(
    provider: HfProvider, calls: int, options: argparse.Namespace, chance: random.Random
) -> dict[str, int]:
    outcomes = {"answered": 0, "cancelled": 0, "failed": 0}
    turns = iter(range(calls))

    async def lane() -> None:
        # One task for many calls: a task for each would be most of the memory that is measured.
        for _ in turns:
            limit = chance.uniform(0, 0.6) if chance.random() < options.cancelled else None
            try:
                async with asyncio.timeout(limit):
                    await _ask(provider, stream=chance.random() < 0.5)
            except TimeoutError:
                outcomes["cancelled"] += 1
            except ProviderError as error:
                outcomes["failed"] += 1
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
            else:
                outcomes["answered"] += 1

    await asyncio.gather(*(lane() for _ in range(options.at_once)))
    return outcomes


async def _ask(provider: HfProvider, *, stream: bool) -> None:
    if not stream:
        await provider.chat(_MESSAGES)
        return
    async with await provider.chat(_MESSAGES, stream=True) as answer:
        await answer.collect()


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


if __name__ == "__main__":
    sys.exit(main())
