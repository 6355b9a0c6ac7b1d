"""What a router must not hold once its calls are done, and once it is closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .holdings import Holdings

BLOCKS_A_CALL = 1
BLOCKS_A_DESCRIPTOR = 150
BLOCKS_OF_CACHES = 2000
"""Blocks of memory that may be added after the first quarter, with each call, for each connection
that is kept open, and once. What holds on to a response, an error or a task adds dozens a call."""
GROWTH = 1.25
"""How many times as much memory may be resident at the end as after the first quarter."""


def leaks(stages: Sequence[Holdings], connections: Mapping[str, int], calls: int) -> Iterator[str]:
    """Yield a sentence for everything that was not given back.

    Args:
        stages: what the process held before the first call, after a quarter of the calls,
            after all, and after the router was closed.
        connections: by upstream, the connections that are open.
        calls: how many calls there were.
    """
    before, quarter, end, after = stages
    for when, held in (("a quarter of the calls", quarter), ("all calls", end)):
        if held.tasks:
            yield f"{held.tasks} tasks are left after {when}"
    for name in ("descriptors", "tasks", "threads"):
        left = getattr(after, name) - getattr(before, name)
        if left > 0:
            yield f"{left} {name} are left after the router was closed"
    for upstream, number in connections.items():
        if number:
            yield f"{number} connections to {upstream} are left after the router was closed"
    added = end.blocks - quarter.blocks
    kept_open = max(end.descriptors - quarter.descriptors, 0)
    most = BLOCKS_A_CALL * (calls - calls // 4) + BLOCKS_A_DESCRIPTOR * kept_open + BLOCKS_OF_CACHES
    if added > most:
        yield f"{added} blocks of memory were added after the first quarter (at most {most})"
    if end.resident > GROWTH * quarter.resident:
        yield (
            f"resident memory grew from {_mib(quarter)} to {_mib(end)} MiB after the first quarter"
        )


def _mib(held: Holdings) -> str:
    return f"{held.resident / 1024 / 1024:.0f}"
