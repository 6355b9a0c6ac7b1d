"""Reads a journal, beside the process that writes it too."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from provider_sdk.bulk.errors import JournalError
from provider_sdk.bulk.rows import Result
from provider_sdk.bulk.store import database, tables
from provider_sdk.bulk.store.contents import unpack
from provider_sdk.bulk.store.totals import Totals

LAST_ROW = 2**63 - 1
_MOST_NAMES = 1000
_OTHERS = "others"


@dataclass(frozen=True, slots=True)
class SentTwice:
    """A row that was sent again because nobody knows what became of an earlier sending.

    Attributes:
        index: the row's number.
        id: its id; ``None`` until the row has ended.
        attempts: how often it was sent in all.
    """

    index: int
    id: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class ModelSums:
    """What the answers of one model came to.

    Attributes:
        provider: who was asked.
        model: the model that answered; ``None`` if it was not said.
        source: as ``Usage.source``: who counted the tokens.
        rows: how many rows ended with it.
        prompt_tokens: tokens that were read; ``completion_tokens`` those that were written.
        cost: USD, as far as it is known.
        priced: results with a known cost.
    """

    provider: str
    model: str | None
    source: str
    rows: int
    prompt_tokens: int
    completion_tokens: int
    cost: Decimal
    priced: int


class Readable:
    """What a journal says; each method reads the file again.

    Methods raise ``JournalError`` if the file cannot be read or is damaged.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._reading = connection

    def ended(self) -> set[int]:
        """Return the numbers of all rows that have a result."""
        return {row for (row,) in self._all(tables.ENDED)}

    def doubtful(self) -> dict[int, int]:
        """Return the rows that were sent and have no known outcome, with their attempts so far."""
        return dict(self._all(tables.DOUBTFUL))

    def attempts(self) -> dict[int, int]:
        """Return how often each row was sent that has not ended, also those not in doubt."""
        return dict(self._all(tables.ATTEMPTS))

    def sent_twice(self) -> Iterator[SentTwice]:
        """Yield the rows that were sent again after a sending without a known outcome."""
        for row, attempts, checksum, content in self._chunks(tables.SENT_TWICE, 0):
            id = None if content is None else self._result(row, checksum, content).id
            yield SentTwice(row, id, attempts)

    def totals(self) -> Totals:
        """Return the sums over all rows that ended."""
        states = dict(self._all(tables.STATES))
        [(prompt, completion, total, cost, priced)] = self._all(tables.SUMS)
        names = self._all(tables.SERVED_BY)
        served_by = dict(names[:_MOST_NAMES])
        # A service may name another back end with each answer.
        if rest := sum(rows for _, rows in names[_MOST_NAMES:]):
            served_by[_OTHERS] = served_by.get(_OTHERS, 0) + rest
        return Totals(
            done=states.get("done", 0),
            failed=states.get("failed", 0),
            unknown=states.get("unknown", 0),
            prompt_tokens=int(prompt),
            completion_tokens=int(completion),
            total_tokens=int(total),
            cost=Decimal(cost),
            priced=priced,
            served_by=served_by,
        )

    def sums_by_model(self) -> list[ModelSums]:
        """Return what each model of each provider was paid for, forgotten results included."""
        return [
            ModelSums(
                provider, model, source, rows, int(prompt), int(completion), Decimal(cost), priced
            )
            for provider, model, source, rows, prompt, completion, _, cost, priced in self._all(
                tables.SUMS_BY_MODEL
            )
        ]

    def errors(self) -> dict[str, int]:
        """Return how many rows ended with each type of error, the most frequent first."""
        return dict(self._all(tables.ERRORS))

    def latencies(self, bounds: Sequence[float]) -> list[int]:
        """Return for each bound, in seconds, how many rows were answered within it."""
        columns = ", ".join([tables.WITHIN] * len(bounds))
        [counts] = self._all(tables.SECONDS.format(columns=columns), *bounds)
        return list(counts)

    def failures(self) -> Iterator[Result]:
        """Yield the results of the rows that failed, in order, as ``results``."""
        for row, checksum, content in self._chunks(tables.FAILURES, 0):
            yield self._result(row, checksum, content)

    def results(self, first: int = 0, last: int = LAST_ROW) -> Iterator[Result]:
        """Yield the results of a range of rows, both ends included, in the order of the rows.

        About a megabyte is in memory at once, or one result if that is longer.
        """
        for row, checksum, content in self._chunks(tables.CONTENTS, first, last):
            yield self._result(row, checksum, content)

    def _all(self, statement: str, *values: Any) -> list[Any]:
        try:
            return self._reading.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            problem = error
        raise database.failure(self.path, problem)

    def _chunks(self, statement: str, first: int, *more: int) -> Iterator[tuple[Any, ...]]:
        try:
            yield from database.in_chunks(self._reading, statement, first, *more)
        except sqlite3.Error as error:
            problem = error
        else:
            return
        raise database.failure(self.path, problem)

    def _result(self, row: int, checksum: int, content: bytes) -> Result:
        try:
            return unpack(row, checksum, content)
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
            problem: JournalError = database.damaged(self.path, f"the result of row {row}")
        raise problem


class JournalReader(Readable):
    """A journal that is only read, also while another process writes it."""

    @classmethod
    def open(cls, path: Path) -> JournalReader:
        """Open a journal to read it.

        Raises:
            JournalError: it is missing, damaged, not a journal, or of a later version.
        """
        return JournalReader(path, database.connect(path))

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._reading.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
