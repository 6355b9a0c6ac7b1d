"""The rows of one shard that have not ended, as tasks take them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from provider_sdk.bulk.rows import Row
from provider_sdk.bulk.running.asking import Notes


class Work:
    """The rows of one shard that have not ended.

    Args:
        rows: the rows to ask; each is read when it is needed.
        notes: the journal of the shard.
        sent: by the number of a row, how often it was sent before.
        all_taken: is set when no row is left to take.

    Attributes:
        notes: as the argument; ``sent`` and ``all_taken`` too.
        all_ended: is set when no row is left to take, and none is being asked.
        is_whole: whether every row has ended, once ``all_ended`` is set.
    """

    def __init__(
        self,
        rows: Iterator[Row],
        notes: Notes,
        sent: Mapping[int, int],
        all_taken: asyncio.Event,
    ) -> None:
        self.notes = notes
        self.sent = sent
        self.all_taken = all_taken
        self.all_ended: asyncio.Event = asyncio.Event()
        self.is_whole: bool = True
        self._rows = rows
        self._under_way = 0

    def next_row(self) -> Row | None:
        """Return the next row, ``None`` after the last.

        Raises:
            BulkInputError: the input can no longer be read.
        """
        row = next(self._rows, None)
        if row is None:
            self._take_no_more()
            return None
        self._under_way += 1
        return row

    def row_left(self, *, has_ended: bool) -> None:
        """Note that a row is no longer being asked."""
        self._under_way -= 1
        self.is_whole = self.is_whole and has_ended
        if not self._under_way and self.all_taken.is_set():
            self.all_ended.set()

    def give_up(self) -> None:
        """Let no further row be taken."""
        self.is_whole = False
        self._take_no_more()

    def _take_no_more(self) -> None:
        self.all_taken.set()
        if not self._under_way:
            self.all_ended.set()
