"""A worker as an actor of a cluster runs it.

Who started an actor can call it, and it cannot call back. So it is called to listen to what the
worker has to say.
"""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Sequence
from contextlib import suppress

from provider_sdk.bulk.engines.afar import DeskAfar
from provider_sdk.bulk.engines.remote import work

SILENCE_S = 30.0
"""Seconds without a word after which either end gives the other up."""

_POLL_S = 1.0


class WorkerActor:
    """Runs one worker, which stops when nobody listens to it any more.

    Args:
        silence: seconds without a call of ``listen`` after which the worker stops.
    """

    def __init__(self, silence: float = SILENCE_S) -> None:
        self._silence = silence
        self._said: list[bytes] = []
        self._speaks = asyncio.Event()
        self._desk = DeskAfar(self._say)
        self._tasks: list[asyncio.Task[None]] = []
        self._heard = 0.0

    async def start(self, name: str, job: str, folder: str) -> str:
        """Begin to work; return the process and the machine, for messages.

        Args:
            name: the name of the worker.
            job: as from ``pack_job``.
            folder: the working directory, if this machine has it.
        """
        with suppress(OSError):
            os.chdir(folder)
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        self._tasks = [
            loop.create_task(work(job, name, self._desk, self._say)),
            loop.create_task(self._stop_after_silence()),
        ]
        return f"process {os.getpid()} on {platform.node()}"

    async def hear(self, answer: bytes) -> None:
        """Take an answer to a question of the worker."""
        self._desk.receive(answer)

    async def listen(self) -> Sequence[bytes]:
        """Return what the worker has said since; wait up to a second for it to say something."""
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        if not self._said:
            self._speaks.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_S):
                    await self._speaks.wait()
        self._heard = loop.time()
        said, self._said = self._said, []
        return said

    async def stop(self, is_alone: bool = False) -> None:
        """Let the worker send no further row, and end.

        Args:
            is_alone: whether nobody answers its questions any more.
        """
        if is_alone:
            self._desk.close()
        self._tasks[0].cancel()

    def _say(self, line: bytes) -> None:
        self._said.append(line)
        self._speaks.set()

    async def _stop_after_silence(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._silence
        while left > 0:
            await asyncio.sleep(left)
            left = self._heard + self._silence - loop.time()
        await self.stop(is_alone=True)
