"""All journals of a run as one: what its rows came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from provider_sdk.bulk.rows import Result
from provider_sdk.bulk.shards import Shard
from provider_sdk.bulk.store import JournalReader, ModelSums, RunDirectory, SentTwice, Totals


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
        return [journal.totals() for journal in self._journals()]

    def doubtful(self) -> int:
        """Return how many rows were sent and have no known outcome."""
        return sum(len(journal.doubtful()) for journal in self._journals())

    def sent_twice(self) -> Iterator[SentTwice]:
        """Yield the rows that were sent again after a sending without a known outcome."""
        for journal in self._journals():
            yield from journal.sent_twice()

    def results(self) -> Iterator[Result]:
        """Yield the results of all rows that have ended, in the order of the input."""
        for journal in self._journals():
            yield from journal.results()

    def sums_by_model(self) -> Iterator[ModelSums]:
        """Yield what each model came to, once for each shard."""
        for journal in self._journals():
            yield from journal.sums_by_model()

    def errors(self) -> Counter[str]:
        """Return how many rows failed with each type of error."""
        found: Counter[str] = Counter()
        for journal in self._journals():
            found.update(journal.errors())
        return found

    def latencies(self, bounds: Sequence[float]) -> list[int]:
        """Return for each bound, in seconds, how many rows were answered within it."""
        return _sums(journal.latencies(bounds) for journal in self._journals())

    def _journals(self) -> Iterator[JournalReader]:
        for shard in self._shards:
            with JournalReader.open(self._directory.journal_path(shard.number)) as journal:
                yield journal


def _sums(lists: Iterator[list[int]]) -> list[int]:
    return [sum(each) for each in zip(*lists, strict=True)]
