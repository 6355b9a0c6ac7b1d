"""The engine whose workers are processes of this machine.

Each process gets the job, then lines of JSON on its input, and answers on its output: shard
numbers, reports and grants. Its errors go where those of this process go.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress

from provider_sdk.bulk.engines import Desk
from provider_sdk.bulk.engines.crew import Crew
from provider_sdk.bulk.engines.messages import Ended, Lost, Message, message_of
from provider_sdk.bulk.engines.packing import pack_job
from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.job import Job

_CHILD = (sys.executable, "-P", "-c", "from provider_sdk.bulk.engines.child import main; main()")
_ENDS_WITHIN_S = 10.0
_LINE_LIMIT = 2**20
STOP = b"stop"
"""The line that tells a worker to send nothing more, and to end."""


class ProcessEngine:
    """Runs workers in several processes of this machine, for more than one core.

    ``make_provider`` of the run must be a function that can be imported; it makes a provider in
    each process. A process that dies is replaced.

    Args:
        processes: how many.

    Raises:
        ValueError: it is not a positive number.
    """

    lease_s: float = 0.25

    def __init__(self, processes: int) -> None:
        if processes < 1:
            raise ValueError(f"there must be at least one process, not {processes}")
        self._processes = processes

    async def run(self, job: Job, desk: Desk) -> None:
        """Start processes and wait for their end.

        Raises:
            BulkInputError: something in the job cannot be sent to another process.
            BulkError: no process can be started, or too many have died.
            ProviderError: the error of the first worker that met one which stops the run.
        """
        await Crew(Processes(pack_job(job)), desk, self._processes).run()


class Processes:
    """Processes of this machine, each with a worker; a ``Place`` for the crew.

    Args:
        job: as from ``pack_job``.
        command: what starts one.
        patience: seconds that they have to end once their input is closed.
    """

    def __init__(
        self, job: str, command: Sequence[str] = _CHILD, patience: float = _ENDS_WITHIN_S
    ) -> None:
        self._job = job
        self._command = command
        self._patience = patience
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._heard: asyncio.Queue[tuple[str, Message]] = asyncio.Queue()
        self._listening: set[asyncio.Task[None]] = set()

    async def start(self, worker: str) -> None:
        """Start a process.

        Raises:
            BulkError: the system refuses.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LINE_LIMIT,
                start_new_session=True,  # Ctrl-C reaches this process, which lets the others end
            )
        except OSError as error:
            problem = error.strerror
        else:
            self._running[worker] = process
            # What can be imported here can be imported there.
            settings = {"worker": worker, "job": self._job, "path": sys.path}
            self.send(worker, json.dumps(settings).encode())
            listening = asyncio.create_task(self._listen(worker, process))
            self._listening.add(listening)
            return
        raise BulkError(f"a process for a worker cannot be started: {problem}")

    def send(self, worker: str, line: bytes) -> None:
        """Send an answer to a worker; do nothing if it has gone."""
        process = self._running.get(worker)
        if process is not None:
            assert process.stdin is not None
            process.stdin.write(line + b"\n")

    async def next(self) -> tuple[str, Message]:
        """Return the next message, and which worker it is from."""
        return await self._heard.get()

    def stop(self) -> None:
        """Tell all workers to send nothing more, and to end."""
        for worker in self._running:
            self.send(worker, STOP)

    async def aclose(self) -> None:
        """End what still runs; a process whose input is closed ends by itself."""
        left = list(self._running.values())
        for process in left:
            assert process.stdin is not None
            process.stdin.close()
        if self._listening:
            await asyncio.wait(self._listening, timeout=self._patience)
        for process in left:
            with suppress(ProcessLookupError):
                process.kill()
        if self._listening:
            await asyncio.wait(self._listening)

    async def _listen(self, worker: str, process: asyncio.subprocess.Process) -> None:
        """Pass on what a worker says until its process has ended."""
        assert process.stdout is not None
        has_ended, why = False, ""
        try:
            while line := await process.stdout.readline():
                message = message_of(line)
                has_ended = has_ended or isinstance(message, Ended)
                self._heard.put_nowait((worker, message))
        except ValueError:  # a line that is too long, or none of ours
            why = "its process wrote what is not a message to its output"
            process.kill()
        status = await process.wait()
        del self._running[worker]
        if not has_ended:
            why = why or f"its process has ended (status {status})"
            self._heard.put_nowait((worker, Lost(why)))
