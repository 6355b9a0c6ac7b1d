"""The engine whose workers are actors of a Ray cluster.

Ray carries the numbers of shards, reports and grants. Rows and answers stay between the workers,
the service and the run directory, and credentials in the environment of each machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from provider_sdk.bulk.engines import Desk
from provider_sdk.bulk.engines.crew import Crew
from provider_sdk.bulk.engines.failures import error_of
from provider_sdk.bulk.engines.messages import Ended, Message, message_of
from provider_sdk.bulk.engines.packing import pack_job
from provider_sdk.bulk.engines.ray_settings import (
    cluster_address,
    driver_environment,
    require_ray,
    scratch_parent,
)
from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.job import Job
from provider_sdk.bulk.running.ending import to_its_end

_DRIVER = "provider_sdk.bulk.engines.ray_driver"
_STARTED_WITHIN_S = 180.0
_CONNECTED_WITHIN_S = 45.0
_ENDS_WITHIN_S = 20.0
_LINE_LIMIT = 2**20


class RayEngine:
    """Runs each worker as an actor of a Ray cluster, which it starts here unless one is named.

    On a cluster of several machines, all must see the run directory and the input under the same
    path, have the packages installed, and have the credentials in their environment: nothing of
    the environment of this process is sent there.

    Args:
        workers: how many actors; each needs a CPU.
        address: of the cluster, such as ``"10.0.0.1:6379"``, or ``"auto"`` for the one that runs
            on this machine; ``None`` for what the environment variable ``RAY_ADDRESS`` says, and
            for a cluster that lasts as long as the run if it says nothing.

    Raises:
        ValueError: ``workers`` is not a positive number.
    """

    lease_s: float = 1.0

    def __init__(self, workers: int = 2, address: str | None = None) -> None:
        if workers < 1:
            raise ValueError(f"there must be at least one worker, not {workers}")
        self._workers = workers
        self._address = address

    async def run(self, job: Job, desk: Desk) -> None:
        """Start actors and wait for their end.

        Raises:
            BulkInputError: Ray is not installed, or the address is not one of a cluster.
            BulkError: the cluster cannot be used, or too many workers have died.
            ProviderError: the error of the first worker that met one which stops the run.
        """
        require_ray()
        settings = {
            "job": pack_job(job),
            "workers": self._workers,
            "address": cluster_address(self._address, os.environ),
            "folder": str(Path.cwd()),
        }
        cluster = await RayCluster.open(settings)
        await Crew(cluster, desk, self._workers).run()


class RayCluster:
    """The process that speaks with Ray; a ``Place`` for the crew.

    Args:
        process: it, and it is connected.
        scratch: its private folder.
    """

    def __init__(self, process: asyncio.subprocess.Process, scratch: str) -> None:
        self._process = process
        self._scratch = scratch
        assert process.stdin is not None
        assert process.stdout is not None
        self._commands = process.stdin
        self._messages = process.stdout

    @classmethod
    async def open(cls, settings: Mapping[str, Any]) -> RayCluster:
        """Start the process, and wait until it has reached or started a cluster.

        Raises:
            BulkError: that failed.
        """
        scratch = tempfile.mkdtemp(prefix="bulk-ray-", dir=scratch_parent(tempfile.gettempdir()))
        address = settings["address"]
        seconds = _STARTED_WITHIN_S if address is None else _CONNECTED_WITHIN_S
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # a file `ray.py` in the working directory is not Ray
            "-m",
            _DRIVER,
            cwd=scratch,  # Ray lets actors import from it, before all else
            env=driver_environment(
                os.environ, is_local=address is None, token=secrets.token_hex(32)
            ),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LINE_LIMIT,
            start_new_session=True,  # Ctrl-C reaches this process, which lets the others end
        )
        cluster = cls(process, scratch)
        try:
            cluster._write(json.dumps({**settings, "scratch": scratch}).encode())
            async with asyncio.timeout(seconds):
                await cluster._line()
        except TimeoutError:
            pass
        except BaseException:
            await to_its_end(cluster.aclose())
            raise
        else:
            return cluster
        await cluster.aclose()
        where = "on this machine" if address is None else f"at {address}"
        raise BulkError(
            f"no Ray cluster {where} was ready within {seconds:.0f} seconds",
            hint="Check the address and the machine, then start the run again.",
        )

    async def start(self, worker: str) -> None:
        """Begin to start a worker."""
        self._write(b"start " + worker.encode())

    def send(self, worker: str, line: bytes) -> None:
        """Send an answer to a worker."""
        self._write(b"say %s %s" % (worker.encode(), line))

    async def next(self) -> tuple[str, Message]:
        """Return the next message, and which worker it is from.

        Raises:
            BulkError: the process has ended.
        """
        worker, line = await self._line()
        return worker, message_of(line)

    def stop(self) -> None:
        """Tell all workers to send nothing more, and to end."""
        self._write(b"stop")

    async def aclose(self) -> None:
        """End the process, and with it the cluster if it was started here."""
        self._commands.close()
        try:
            async with asyncio.timeout(_ENDS_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)

    async def _line(self) -> tuple[str, bytes]:
        """Return the next line: a worker, and what it says.

        Raises:
            BulkError: the process has ended, or says why it cannot go on.
        """
        line = await self._messages.readline()
        worker, _, said = line.rstrip(b"\n").partition(b" ")
        if not line:
            status = await self._process.wait()
            raise BulkError(
                f"the process that speaks with Ray has ended (status {status})",
                hint="Perhaps the cluster has ended. What is done stays; start the run again.",
            )
        if worker == b"-" and said.startswith(b"{"):
            ended = message_of(said)
            if isinstance(ended, Ended) and ended.failure is not None:
                raise error_of(ended.failure)
        return worker.decode(), said

    def _write(self, line: bytes) -> None:
        if not self._commands.is_closing():
            self._commands.write(line + b"\n")
