"""The journal of a shard: what was sent, and what came of it, durable before anything follows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from provider_sdk._json import mended
from provider_sdk.bulk.errors import LeaseLostError
from provider_sdk.bulk.rows import Result, State
from provider_sdk.bulk.store import database, tables
from provider_sdk.bulk.store.contents import figures, pack
from provider_sdk.bulk.store.network_folders import is_remote
from provider_sdk.bulk.store.reader import Readable
from provider_sdk.bulk.store.writer import Writer, lost


class Journal(Readable):
    """A journal that is written to; it belongs to one event loop of one process.

    A row is sent only after ``intend`` has returned, and counts as ended only after ``record`` has.
    So whatever ends the process, the file says of each row whether it was sent and what came of it.
    Any number of calls may wait at once; they share the waits for the disk.

    Writing raises ``JournalError`` once something could not be written, and ``LeaseLostError`` once
    another worker has the shard, at the call that waits and at every later one.
    """

    def __init__(self, path: Path, reading: sqlite3.Connection, writer: Writer) -> None:
        super().__init__(path, reading)
        self._writer = writer

    @classmethod
    def open(cls, path: Path, fence: int = 0, *, remote: bool | None = None) -> Journal:
        """Open a journal that is there, to write to it.

        Args:
            path: the file; ``RunDirectory.begin`` makes it.
            fence: the fencing number of the lease. Whoever opened it with a smaller one cannot
                write any more.
            remote: whether the file is on another computer; ``None`` finds it out, on Linux only.

        Raises:
            JournalError: it is missing, damaged, not a journal, or of a later version; it is left
                as it is.
            LeaseLostError: it was opened with a greater number.
        """
        connection = database.connect(path)
        problem: sqlite3.Error | LeaseLostError
        try:
            remote = is_remote(path.parent) if remote is None else remote
            database.prepare(path, connection, remote=remote)
            _raise_fence(path, connection, fence)
            reading = database.connect(path)
        except BaseException as error:
            connection.close()
            if not isinstance(error, sqlite3.Error):
                raise
            problem = error
        else:
            return Journal(path, reading, Writer(path, connection, fence))
        raise database.failure(path, problem)

    async def intend(self, row: int, attempt: int) -> None:
        """Return when it is durable that a row is about to be sent, for the ``attempt``-th time."""
        await self._writer.write((tables.INTEND, (row, attempt)))

    async def note(self, row: int, attempt: int, outcome: str) -> None:
        """Return when it is durable how an attempt ended that did not end its row."""
        await self._writer.write((tables.NOTE, (mended(outcome), row, attempt)))

    async def record(self, result: Result) -> None:
        """Return when a result is durable; a row that has one keeps it.

        A cancelled call does not take the result back.
        """
        counted, kept = tables.RECORD
        await self._writer.write((counted, figures(result)), (kept, pack(result)))

    async def forget(self, states: Iterable[State]) -> int:
        """Remove the results of these states, so that their rows are asked again; return how many.

        What they cost stays in the totals.
        """
        return sum(
            [
                await self._writer.write(*((each, (state,)) for each in tables.FORGET))
                for state in dict.fromkeys(states)
            ]
        )

    async def aclose(self) -> None:
        """Write what waits, and close the file; a second call does nothing."""
        try:
            await self._writer.aclose()
        finally:
            self._reading.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def _raise_fence(path: Path, connection: sqlite3.Connection, fence: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    [(number,)] = connection.execute(tables.READ_FENCE)
    if number <= fence:
        connection.execute(tables.SET_FENCE, (fence,))
        connection.execute("COMMIT")
    else:
        connection.execute("ROLLBACK")
        raise lost(path)
