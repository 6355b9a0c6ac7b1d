"""Follows a run: its rows in the order of the input, as soon as all before them have ended.

It reads the journals, so that it does not matter which process asked a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from provider_sdk.bulk import Result
from provider_sdk.bulk.store import JournalReader, Manifest, RunDirectory


class Following:
    """Yields each result of a run once.

    Args:
        directory: the run directory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = RunDirectory(directory)
        self._manifest: Manifest | None = None
        self._next = 0

    def ended(self, *, past_gaps: bool = False) -> Iterator[Result]:
        """Yield the rows that have ended since the last call.

        Args:
            past_gaps: whether rows are yielded although one before them has not ended. Those that
                end later are never yielded then.

        Raises:
            JournalError: a journal cannot be read.
        """
        self._manifest = self._manifest or self._directory.read_manifest()
        if self._manifest is None:
            return  # nothing has begun
        for shard in self._manifest.shards:
            end = shard.first_row + shard.rows
            if end <= self._next:
                continue
            with JournalReader.open(self._directory.journal_path(shard.number)) as journal:
                for result in journal.results(self._next, end - 1):
                    if result.index != self._next and not past_gaps:
                        return
                    self._next = result.index + 1
                    yield result
            if self._next < end and not past_gaps:
                return
