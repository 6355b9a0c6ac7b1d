"""All journals of a run as one: what its rows came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provider_sdk.bulk.rows import Result
from provider_sdk.bulk.shards import Shard
from provider_sdk.bulk.store import JournalReader, RunDirectory, Totals


class Records:
    """Reads the journals of a run, one after the other; also beside a process that writes them.

    Args:
        directory: the run directory.
        shards: the shards of the run.

    Every method raises ``JournalError`` if a journal cannot be read.
    """

    def __init__(self, directory: RunDirectory, shards: Sequence[Shard]) -> None:
        self._directory = directory
        self._shards = shards

    def totals(self) -> list[Totals]:
        """Return the sums of each shard."""
        return [journal.totals() for journal in self.journals()]

    def doubtful(self) -> int:
        """Return how many rows were sent and have no known outcome."""
        return sum(len(journal.doubtful()) for journal in self.journals())

    def results(self) -> Iterator[Result]:
        """Yield the results of all rows that have ended, in the order of the input."""
        for journal in self.journals():
            yield from journal.results()

    def journals(self) -> Iterator[JournalReader]:
        """Yield each journal, open until the next."""
        for shard in self._shards:
            with JournalReader.open(self._directory.journal_path(shard.number)) as journal:
                yield journal
