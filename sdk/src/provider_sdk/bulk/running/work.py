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

    Attributes:
        all_taken: is set when no row is left to take.
        all_ended: is set when, besides, none is being asked.
        error: why the shard was given up; ``None`` if it was not.
    """

    def __init__(self, rows: Iterator[Row], notes: Notes, sent: Mapping[int, int]) -> None:
        self.notes = notes
        self.sent = sent
        self.all_taken = asyncio.Event()
        self.all_ended = asyncio.Event()
        self.error: BaseException | None = None
        self._rows = rows
        self._under_way = 0

    def next_row(self) -> Row | None:
        """Return the next row, ``None`` after the last.

        Raises:
            BulkInputError: the input can no longer be read.
        """
        row = None if self.all_taken.is_set() else next(self._rows, None)
        if row is None:
            self._take_no_more()
            return None
        self._under_way += 1
        return row

    def row_ended(self) -> None:
        """Note that a row is no longer being asked."""
        self._under_way -= 1
        if not self._under_way and self.all_taken.is_set():
            self.all_ended.set()

    def give_up(self, error: BaseException) -> None:
        """Let no further row be taken."""
        self.error = self.error or error
        self._take_no_more()

    def _take_no_more(self) -> None:
        self.all_taken.set()
        if not self._under_way:
            self.all_ended.set()
