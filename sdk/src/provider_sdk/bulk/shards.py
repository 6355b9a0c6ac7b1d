"""Shards: ranges of rows, each the work of one worker at a time."""

from __future__ import annotations

from dataclasses import dataclass


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
