"""The one thread that writes a journal, many orders with one wait for the disk."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from provider_sdk.bulk.errors import BulkError, JournalError, LeaseLostError
from provider_sdk.bulk.store import database, tables

Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Order:
    statements: Sequence[Statement]
    done: asyncio.Future[int]


class Writer:
    """Writes statements durably, in the order in which they are given.

    Everything that waits is written in one transaction, which first checks the fencing number.
    After a failure nothing is written any more: what a failed write left on disk is known only
    when the file is opened again, because a second sync after a failed one reports success for
    pages that the system has dropped.

    Args:
        path: the file.
        connection: a connection that only the writer uses from now on.
        fence: the fencing number; a greater one in the file ends all writing.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, fence: int) -> None:
        self._path = path
        self._writing = connection
        self._fence = fence
        self._files = database.identities(path)
        self._process = os.getpid()
        self._orders: SimpleQueue[_Order | None] = SimpleQueue()
        self._failure: Callable[[], BulkError] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Future[None] | None = None
        # At the end of the process it may be stopped anywhere, which is as safe as a kill.
        self._thread = threading.Thread(target=self._work, name=f"journal {path.name}", daemon=True)
        self._thread.start()

    async def write(self, *statements: Statement) -> int:
        """Return when the statements are durable: how many lines the last one changed.

        If the caller is cancelled meanwhile, they are written nevertheless.

        Raises:
            JournalError: they cannot be written, or an earlier write failed, or it is closed.
            LeaseLostError: another worker has taken the shard over.
        """
        loop = self._own_loop()
        if self._ended is not None:
            raise JournalError(f"{self._path} is closed")
        if self._failure is not None:
            raise self._failure()
        order = _Order(statements, loop.create_future())
        self._orders.put(order)
        return await order.done

    async def aclose(self) -> None:
        """Write what waits, then close the connection; a second call waits for the same."""
        loop = self._own_loop()
        if self._ended is None:
            self._ended = loop.create_future()
            self._orders.put(None)
        await asyncio.shield(self._ended)

    def _own_loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        # A process that was forked has this object, and not the thread that would answer.
        if (os.getpid(), loop) != (self._process, self._loop or loop):
            raise JournalError(
                f"{self._path} is used from another process or event loop than before",
                hint="Open it anew there, after it was closed here.",
            )
        self._loop = loop
        return loop

    def _work(self) -> None:
        is_open = True
        while is_open:
            orders = [self._orders.get()]
            orders += [self._orders.get() for _ in range(self._orders.qsize())]
            is_open = None not in orders
            self._settle([order for order in orders if order is not None])
        self._writing.close()
        self._tell(self._finish)

    def _settle(self, orders: Sequence[_Order]) -> None:
        if not orders:
            return
        counts: list[int] = []
        if self._failure is None:
            try:
                counts = self._transaction(orders)
            except Exception as error:  # noqa: BLE001 - whoever waits must hear whatever it is
                self._failure = _repeated(
                    error if isinstance(error, BulkError) else database.failure(self._path, error)
                )
        self._tell(_resolve, orders, counts, self._failure)

    def _transaction(self, orders: Sequence[_Order]) -> list[int]:
        run = self._writing.execute
        run("BEGIN IMMEDIATE")
        try:
            self._check()
            counts = []
            for order in orders:
                for statement, values in order.statements:
                    changed = run(statement, values).rowcount
                counts.append(changed)
            run("COMMIT")
        finally:
            if self._writing.in_transaction:
                run("ROLLBACK")
        return counts

    def _check(self) -> None:
        if database.identities(self._path) != self._files:
            raise JournalError(
                f"{self._path} was removed or replaced while it was in use",
                hint="Restore it, then run the same command again.",
            )
        [(fence,)] = self._writing.execute(tables.READ_FENCE)
        if fence != self._fence:
            raise lost(self._path)

    def _tell(self, what: Callable[..., None], *values: Any) -> None:
        try:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(what, *values)
        except RuntimeError:
            pass  # the loop is closed, and nobody waits

    def _finish(self) -> None:
        assert self._ended is not None
        self._ended.set_result(None)


def lost(path: Path) -> LeaseLostError:
    """Return that another worker has the shard now."""
    return LeaseLostError(
        f"another worker has taken over {path.name}; nothing more is written or sent for it here"
    )


def _repeated(error: BulkError) -> Callable[[], BulkError]:
    """Return what makes the error anew; one object raised in many tasks would collect traces."""
    kind, message, hint = type(error), error.message, error.hint
    return lambda: kind(message, hint=hint)


def _resolve(
    orders: Sequence[_Order], counts: Sequence[int], failure: Callable[[], BulkError] | None
) -> None:
    for position, order in enumerate(orders):
        if order.done.done():
            continue  # its caller was cancelled
        if failure is None:
            order.done.set_result(counts[position])
        else:
            order.done.set_exception(failure())
