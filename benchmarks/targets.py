"""The promises of the SDK, and whether a run kept them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.contenders import (
    ANTHROPIC,
    COUNTED,
    FAST,
    GOOGLE,
    HUB,
    OPENAI,
    OURS,
    RAW,
    RESPONSES,
    ROUTED,
    ROUTED_OBSERVED,
)
from benchmarks.results import (
    CALL,
    CALL_AT_ONCE,
    CALL_MANY,
    CALL_ROUTED,
    CHUNK,
    JOINED_CHUNK,
    Results,
)

# Processor time, beside raw httpx in the same round.
OVER_RAW = {
    "chat": {CALL: 1.05, CHUNK: 1.15, JOINED_CHUNK: 1.0, CALL_AT_ONCE: 0.30},
    "claude": {CALL: 1.15, CHUNK: 1.15, JOINED_CHUNK: 1.15, CALL_AT_ONCE: 0.30},
    "openai": {CALL: 1.15, CHUNK: 1.15, JOINED_CHUNK: 1.15, CALL_AT_ONCE: 0.30},
    "responses": {CALL: 1.15, CHUNK: 1.15, JOINED_CHUNK: 1.15, CALL_AT_ONCE: 0.30},
    "gemini": {CALL: 1.15, CHUNK: 1.15, JOINED_CHUNK: 1.15, CALL_AT_ONCE: 0.30},
    "ollama": {CALL: 1.15, CHUNK: 1.15, JOINED_CHUNK: 1.15, CALL_AT_ONCE: 0.30},
}
FAST_OVER_RAW = {CALL_AT_ONCE: 0.15}
"""The same for our provider over aiohttp."""
CLIENTS = {
    "chat": {OPENAI: 4.0, HUB: 4.0},
    "claude": {ANTHROPIC: 1.5},
    "openai": {OPENAI: 4.0},
    "responses": {RESPONSES: 1.5},
    "gemini": {GOOGLE: 1.5},
    "ollama": {},
}
"""How many times as much as ours a chunk of other clients costs at least."""
MANY_OVER_FEW = 1.5
ROUTED_OVER_PLAIN = 1.10
PEAK_OVER_RAW = 1.3
STREAM_OVER_TEXT = 2.0
# A process may grow a little over thousands of calls although none of them leaks: the allocator
# takes pages, and tracemalloc sees caches change.
FLAT_BYTES = 1024 * 1024
FLAT_BYTES_A_CALL = 8.0


class Verdict(NamedTuple):
    """A promise, the figure that a run found, and whether the promise is kept."""

    promise: str
    figure: str
    kept: bool


def verdicts(results: Results, wire: str) -> Iterator[Verdict]:
    """Yield a verdict for every promise for which the run has figures."""
    for measure, most in OVER_RAW[wire].items():
        yield from _over_raw(results, measure, OURS, most)
    for measure, most in FAST_OVER_RAW.items():
        yield from _over_raw(results, measure, FAST, most)
    yield from _many(results)
    yield from _routed(results)
    for measure in (CHUNK, JOINED_CHUNK):
        for client, least in CLIENTS[wire].items():
            yield from _under_client(results, measure, client, least)
    yield from _memory(results)


def _over_raw(results: Results, measure: str, name: str, most: float) -> Iterator[Verdict]:
    if ratio := results.ratio(measure, name, RAW):
        with_aiohttp = " with aiohttp" if name == FAST else ""
        yield Verdict(
            f"{measure}{with_aiohttp}: at most {most:.2f} x raw httpx",
            f"CPU {ratio.cpu:.2f} x",
            round(ratio.cpu, 2) <= most,
        )


def _many(results: Results) -> Iterator[Verdict]:
    few, many = (results.costs.get(measure, {}).get(OURS) for measure in (CALL_AT_ONCE, CALL_MANY))
    if few and many:
        ratio = results.cost(CALL_MANY, OURS).cpu / results.cost(CALL_AT_ONCE, OURS).cpu
        yield Verdict(
            f"{CALL_MANY}: at most {MANY_OVER_FEW} x a {CALL_AT_ONCE}",
            f"CPU {ratio:.2f} x",
            ratio <= MANY_OVER_FEW,
        )


def _routed(results: Results) -> Iterator[Verdict]:
    if ratio := results.ratio(CALL_ROUTED, ROUTED, OURS):
        others = {"routed and observed": ROUTED_OBSERVED, "plain and counted": COUNTED}
        also = ", ".join(
            f"{what} {other.cpu:.2f} x"
            for what, name in others.items()
            if (other := results.ratio(CALL_ROUTED, name, OURS))
        )
        yield Verdict(
            f"a routed call: at most {ROUTED_OVER_PLAIN:.2f} x a plain one",
            f"CPU {ratio.cpu:.2f} x{also and f' ({also})'}",
            round(ratio.cpu, 2) <= ROUTED_OVER_PLAIN,
        )


def _under_client(results: Results, measure: str, client: str, least: float) -> Iterator[Verdict]:
    if ratio := results.ratio(measure, client, OURS):
        yield Verdict(
            f"{measure}: at least {least:g} x cheaper than {client}",
            f"CPU {ratio.cpu:.1f} x, wall {ratio.wall:.1f} x",
            min(ratio) >= least,
        )


def _memory(results: Results) -> Iterator[Verdict]:
    if RAW in results.starts and OURS in results.starts:
        ratio = results.peak_bytes(OURS) / results.peak_bytes(RAW)
        promise = f"peak memory after the first call: at most {PEAK_OVER_RAW} x raw httpx"
        yield Verdict(promise, f"{ratio:.2f} x", ratio <= PEAK_OVER_RAW)
    if stream := results.streams.get(OURS):
        ratio = stream["added_bytes"] / stream["text_bytes"]
        promise = f"a stream of 200,000 chunks adds at most {STREAM_OVER_TEXT:g} x its text"
        yield Verdict(promise, f"{ratio:.2f} x", ratio <= STREAM_OVER_TEXT)
    if calls := results.calls.get(OURS):
        grown, kept = calls["grown_bytes"], calls["leaked_bytes_a_call"]
        yield Verdict(
            "10,000 calls leave memory flat",
            f"{grown / 1024:+.0f} KiB resident over the last 9,000, {kept:+.1f} bytes kept a call",
            grown <= FLAT_BYTES and kept <= FLAT_BYTES_A_CALL,
        )
