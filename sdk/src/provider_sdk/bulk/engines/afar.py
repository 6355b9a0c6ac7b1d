"""The desk, as a worker in another process reaches it; and what answers at its other end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from provider_sdk.bulk.engines import WorkerDesk
from provider_sdk.bulk.engines.failures import error_of, failure_of
from provider_sdk.bulk.engines.messages import (
    Answer,
    Question,
    Renew,
    ShardEnded,
    Take,
    answer_of,
    to_line,
)
from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.limits.grants import Grant, Spent

Send: TypeAlias = Callable[[bytes], None]
"""Sends one line to the other end; it must not wait, and lines must arrive in order."""


class DeskAfar:
    """The desk of another process.

    Args:
        send: sends a question.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._last = 0
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._closed = False

    async def take(self) -> int | None:
        """Return a shard to work at, ``None`` once every shard has ended or the run stops.

        Raises:
            BulkError: the desk can no longer be reached; the other calls too.
        """
        return (await self._ask(Take(self._number()))).shard

    async def renew(self, spent: Spent) -> Grant:
        """Report what the worker has used, and return what it may use next."""
        grant = (await self._ask(Renew(self._number(), spent))).grant
        if grant is None:
            raise BulkError("the main process of the run answered without a grant")
        return grant

    async def ended(self, shard: int) -> None:
        """Report that all rows of a shard have ended."""
        await self._ask(ShardEnded(self._number(), shard))

    def receive(self, line: bytes) -> None:
        """Take an answer."""
        answer = answer_of(line)
        waiting = self._waiting.get(answer.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def close(self) -> None:
        """Let every question fail, those that wait for an answer too."""
        self._closed = True
        for waiting in self._waiting.values():
            waiting.cancel()

    def _number(self) -> int:
        self._last += 1
        return self._last

    async def _ask(self, question: Question) -> Answer:
        if not self._closed:
            waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._waiting[question.number] = waiting
            self._send(to_line(question))
            try:
                await asyncio.wait([waiting])
            finally:
                del self._waiting[question.number]
            if not waiting.cancelled():
                answer = waiting.result()
                if answer.failure is not None:
                    raise error_of(answer.failure)
                return answer
        raise BulkError("the main process of the run has gone", hint="Start the run again.")


class Clerk:
    """Answers the questions of one worker, each in a task of its own.

    So a worker that waits for a shard is granted what it asks for meanwhile.

    Args:
        desk: the desk, as it serves this worker.
        send: sends an answer.
    """

    def __init__(self, desk: WorkerDesk, send: Send) -> None:
        self._desk = desk
        self._send = send
        self._tasks: set[asyncio.Task[None]] = set()

    def receive(self, question: Question) -> None:
        """Begin to answer."""
        task = asyncio.create_task(self._answer(question))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Answer nothing more."""
        for task in self._tasks:
            task.cancel()

    async def _answer(self, question: Question) -> None:
        try:
            answer = await self._ask(question)
        except Exception as error:  # noqa: BLE001 - sent to the worker, which raises it
            answer = Answer(question.number, failure=failure_of(error))
        self._send(to_line(answer))

    async def _ask(self, question: Question) -> Answer:
        if isinstance(question, Take):
            return Answer(question.number, shard=await self._desk.take())
        if isinstance(question, Renew):
            return Answer(question.number, grant=await self._desk.renew(question.spent))
        await self._desk.ended(question.shard)
        return Answer(question.number)
