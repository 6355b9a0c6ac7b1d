"""Shards: ranges of rows, each the work of one worker at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ROWS_PER_SHARD = 50_000
"""How many rows a shard has at most.

Fewer would mean more files and leases; more, a longer journal to check and more rows that wait for
the worker of one shard while others have nothing to do.
"""

_FEWEST = 1_000


@dataclass(frozen=True, slots=True)
class Shard:
    """A range of rows of the input, with a journal of its own.

    Attributes:
        number: from 0.
        first_row: the number of its first row.
        rows: how many it has.
        offset: where its first row begins in the input; bytes for lines, else what the input's
            own reader needs.
    """

    number: int
    first_row: int
    rows: int
    offset: int


def plan_shards(
    marks: Sequence[tuple[int, int]], rows: int, rows_per_shard: int = ROWS_PER_SHARD
) -> tuple[Shard, ...]:
    """Cut an input into shards that begin at marks, as near to equal in size as marks allow.

    A worker works at two shards at once. So up to 1,000 rows are one shard, and more are at least
    two. The plan depends on the input alone, and not on the number of workers, which may change
    from one start of a run to the next.

    Args:
        marks: numbers of rows in ascending order, from 0, each with its offset in the input.
        rows: how many rows the input has.
        rows_per_shard: how many rows a shard should have at most.
    """
    if not rows:
        return ()
    count = max(-(-rows // rows_per_shard), 1 if rows <= _FEWEST else 2)
    size = -(-rows // count)
    begins: list[tuple[int, int]] = []
    for mark in marks:
        if mark[0] >= rows:
            break
        # Whichever mark comes first after the place of the next cut.
        if mark[0] >= len(begins) * size:
            begins.append(mark)
    ends = [first for first, _ in begins[1:]] + [rows]
    return tuple(
        Shard(number, first, end - first, offset)
        for number, ((first, offset), end) in enumerate(zip(begins, ends, strict=True))
    )
